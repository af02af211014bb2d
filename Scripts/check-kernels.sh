#!/usr/bin/env bash
# Checks on random sizes that kernel tables are bit-identical to the scalar one:
#   neon, neonfp16             cross-compiled and run in an emulator
#                                (apt-get install libc6-dev-arm64-cross libgcc-12-dev-arm64-cross qemu-user-static)
#   those of this processor    under the address and undefined-behavior sanitizers
set -euo pipefail
cd "$(dirname "$0")/.."
kernels=Sources/CEfficientNetKernels
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
flags=(-std=gnu17 -Wall -Wextra -Werror -fuse-ld=lld "-I$kernels" Tools/kernels/compare.c "$kernels/isa/scalar.c")

# emulated <table> <cases> [<compiler flags>]
emulated() {
  local table=$1 cases=$2
  shift 2
  echo "$table, in an emulator:"
  "$clang" --target=aarch64-linux-gnu --sysroot=/usr/aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include \
    -B/usr/lib/gcc-cross/aarch64-linux-gnu/12 -L/usr/lib/gcc-cross/aarch64-linux-gnu/12 -L/usr/aarch64-linux-gnu/lib \
    -static -O2 "${flags[@]}" "$@" "-DTABLE=effnet_kernels_$table" "-DCASES=$cases" -o "$out/$table" \
    "$kernels/isa/neon.c" "$kernels/isa/neonfp16.c" -lm
  qemu-aarch64-static "$out/$table"
}
emulated neon 500
emulated neonfp16 250 -DFLOAT16_ERROR=0.02f

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
  sanitized avx512vnni "avx512f avx512bw avx512vl avx512dq avx512_vnni" "$kernels/isa/avx512.c"
  sanitized avx512bf16 "avx512f avx512bw avx512vl avx512dq avx512_vnni avx512_bf16" -DBFLOAT16_ERROR=0.02f \
    "$kernels"/isa/avx512{,vnni,fp16}.c
  sanitized avx512fp16 "avx512f avx512bw avx512vl avx512dq avx512_vnni avx512_bf16 avx512_fp16" \
    -DBFLOAT16_ERROR=0.02f -DFLOAT16_ERROR=0.02f "$kernels"/isa/avx512{,vnni,bf16}.c
  ;;
aarch64)
  sanitized neon asimd "$kernels/isa/neonfp16.c"
  sanitized neonfp16 "asimd asimdhp" -DFLOAT16_ERROR=0.02f "$kernels/isa/neon.c"
  ;;
esac
