#!/usr/bin/env bash
# Compares kernel tables that this machine cannot run with the scalar table, bit for bit:
#   neon    cross-compiled and run in an emulator
#             (apt-get install libc6-dev-arm64-cross libgcc-12-dev-arm64-cross qemu-user-static)
#   avx512  its tiles and vector widths, compiled to AVX2 instructions
set -euo pipefail
cd "$(dirname "$0")/.."
kernels=Sources/CEfficientNetKernels
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
flags=(-std=c17 -O2 -Wall -Wextra -Werror -I"$kernels")

echo "neon:"
"$clang" --target=aarch64-linux-gnu --sysroot=/usr/aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include \
  -B/usr/lib/gcc-cross/aarch64-linux-gnu/12 -L/usr/lib/gcc-cross/aarch64-linux-gnu/12 -L/usr/aarch64-linux-gnu/lib \
  -fuse-ld=lld -static "${flags[@]}" -DTABLE=effnet_kernels_neon -o "$out/neon" \
  Tools/kernels/compare.c "$kernels"/isa/scalar.c "$kernels"/isa/neon.c -lm
qemu-aarch64-static "$out/neon"

if [ "$(uname -m)" = x86_64 ]; then
  echo "avx512, as AVX2 instructions:"
  sed 's/target("[^"]*")/target("avx2,fma")/' "$kernels/isa/avx512.c" >"$out/avx512.c"
  "$clang" "${flags[@]}" -I"$kernels/isa" -Wno-psabi -DTABLE=effnet_kernels_avx512 -o "$out/avx512" \
    Tools/kernels/compare.c "$kernels/isa/scalar.c" "$out/avx512.c" -lm
  "$out/avx512"
fi
