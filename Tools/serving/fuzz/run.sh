#!/usr/bin/env bash
# Fuzzes the readers of bodies with libFuzzer and the address sanitizer, one after another.
#
#     Tools/serving/fuzz/run.sh [SECONDS] [multipart|upload|inflate ...]
#
# Inputs that reach new code are kept in Tests/EfficientNetServingTests/Fixtures/corpus, which a test
# replays. An input that ends the program is written to .build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../../.."
seconds=${1:-300}
shift || true
harnesses=("${@:-multipart upload inflate}")
tests=Tests/EfficientNetServingTests/Fixtures
sources=Sources/EfficientNetServing
mkdir -p .build/fuzz
# The address sanitizer takes Swift's own report of a crash for another mistake.
export SWIFT_BACKTRACE=enable=no

for harness in ${harnesses[*]}; do
  build=.build/fuzz/$harness
  swiftc -O -sanitize=fuzzer,address -parse-as-library -swift-version 6 -use-ld=lld -package-name fuzz \
    -module-name "fuzz_$harness" -I Sources/CZlib \
    "Tools/serving/fuzz/$harness.swift" $sources/RequestError.swift $sources/UInt8+ASCII.swift \
    $sources/Bodies/*.swift -o "$build"
  mkdir -p "$build.found" "$tests/corpus/$harness"
  case $harness in
    inflate)
      for file in "$tests"/bodies/*.gz; do (printf g; cat "$file") >"$build.found/$(basename "$file")"; done
      for file in "$tests"/bodies/*.zz; do (printf d; cat "$file") >"$build.found/$(basename "$file")"; done ;;
    *) cp "$tests"/bodies/*.body "$build.found" ;;
  esac
  nice -n 19 "$build" -max_total_time="$seconds" -max_len=2048 -timeout=10 -rss_limit_mb=1024 \
    -artifact_prefix="$build." -print_final_stats=1 -verbosity=1 \
    "$build.found" "$tests/corpus/$harness" 2>&1 | tail -n 20
  # Keep a few inputs that together reach the same code.
  rm -rf "$build.kept" && mkdir "$build.kept"
  nice -n 19 "$build" -set_cover_merge=1 -use_counters=0 -max_len=512 "$build.kept" "$tests/corpus/$harness" "$build.found" \
    2>&1 | tail -n 1
  rm -rf "$tests/corpus/$harness" && mv "$build.kept" "$tests/corpus/$harness"
done
