#!/bin/bash
# Fuzzes the reader of inference requests with libFuzzer and AddressSanitizer.
#
#     Tools/serving/fuzz/fuzz-requests.sh FOLDER [OPTION...]
#
# FOLDER keeps the program and the inputs that it finds; a second run begins with them. The options
# are libFuzzer's, such as -max_total_time=600. The sources are compiled as one module.
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=$(realpath "$1")
shift
mkdir -p "$folder/sources" "$folder/corpus"
rm -f "$folder"/sources/*
serving=Sources/EfficientNetServing
for file in Tools/serving/fuzz/RequestFuzzer.swift "$serving"/{JSON,Protocol}/*.swift \
  "$serving"/{RequestError,UInt8+ASCII,Bodies/Base64}.swift \
  Sources/EfficientNetCompute/{String+Lines,RawSpan+LittleEndian}.swift \
  Sources/EfficientNetSystem/Files/Scalar+Control.swift; do
  sed '/import EfficientNet/d' "$file" > "$folder/sources/$(basename "$file")"
done
swiftc -O -wmo -swift-version 6 -parse-as-library -package-name fuzz -module-name Fuzz \
  -sanitize=fuzzer,address "$folder"/sources/*.swift -lm -o "$folder/fuzz"
exec "$folder/fuzz" -dict=Tools/serving/fuzz/request.dict -artifact_prefix="$folder/" "$@" \
  "$folder/corpus" Tests/EfficientNetServingTests/Fixtures/corpus
