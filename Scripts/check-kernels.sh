#!/usr/bin/env bash
# Checks on random sizes that kernel tables are bit-identical to the scalar one:
#   neon                       cross-compiled and run in an emulator
#                                (apt-get install libc6-dev-arm64-cross libgcc-12-dev-arm64-cross qemu-user-static)
#   those of this processor    under the address and undefined-behavior sanitizers
set -euo pipefail
cd "$(dirname "$0")/.."
kernels=Sources/CEfficientNetKernels
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
flags=(-std=gnu17 -Wall -Wextra -Werror -fuse-ld=lld "-I$kernels" Tools/kernels/compare.c "$kernels/isa/scalar.c")

echo "neon, in an emulator:"
"$clang" --target=aarch64-linux-gnu --sysroot=/usr/aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include \
  -B/usr/lib/gcc-cross/aarch64-linux-gnu/12 -L/usr/lib/gcc-cross/aarch64-linux-gnu/12 -L/usr/aarch64-linux-gnu/lib \
  -static -O2 "${flags[@]}" -DTABLE=effnet_kernels_neon -DCASES=500 -o "$out/neon" "$kernels/isa/neon.c" -lm
qemu-aarch64-static "$out/neon"

# sanitized <table> <required processor flags> [<compiler flags>]
sanitized() {
  local table=$1 needed=$2 flag
  shift 2
  for flag in $needed; do
    grep -qw "$flag" /proc/cpuinfo || { echo "$table: this processor has no $flag"; return 0; }
  done
  echo "$table, sanitized:"
  "$clang" -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined "${flags[@]}" "$@" \
    "-DTABLE=effnet_kernels_$table" -DCASES=1000 -o "$out/$table" "$kernels/isa/$table.c" -lm
  "$out/$table"
}
case $(uname -m) in
x86_64)
  sanitized avx2 "avx2 fma"
  # Half vectors, which only Zen 4 computes, on every processor.
  sanitized avx512 "avx512f avx512bw avx512vl avx512dq" -DHALF_VECTORS_ARE_FASTER=true
  # Their tables take functions from each other's files.
  sanitized avx512bf16 "avx512f avx512bw avx512vl avx512dq avx512_bf16" -DBFLOAT16_ERROR=0.02f \
    "$kernels/isa/avx512.c" "$kernels/isa/avx512fp16.c"
  sanitized avx512fp16 "avx512f avx512bw avx512vl avx512dq avx512_bf16 avx512_fp16" -DBFLOAT16_ERROR=0.02f \
    -DFLOAT16_ERROR=0.02f "$kernels/isa/avx512.c" "$kernels/isa/avx512bf16.c"
  ;;
aarch64) sanitized neon asimd ;;
esac
