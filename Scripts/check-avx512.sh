#!/usr/bin/env bash
# Checks on any x86-64 machine with Debian that the kernel tables of AVX-512, with and without VNNI, are
# bit-identical to the scalar one. The emulator Bochs boots a Linux kernel that runs
# Tools/kernels/compare.c, which takes some minutes. Tables with bf16 or fp16 instructions do not run.
#   (apt-get install bochs bochs-term bochsbios busybox-static isolinux syslinux-common xorriso)
set -euo pipefail
cd "$(dirname "$0")/.."
kernels=$PWD/Sources/CEfficientNetKernels
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
out=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$out"' EXIT
mkdir -p "$out"/root/{bin,dev} "$out/iso"

# program <table> <cases> [<compiler flags>]
program() {
  local table=$1 cases=$2
  shift 2
  "$clang" -static -O2 -std=gnu17 -Wall -Wextra -Werror -fuse-ld=lld "-I$kernels" "$@" \
    "-DTABLE=effnet_kernels_$table" "-DCASES=$cases" -o "$out/root/compare-$table" \
    Tools/kernels/compare.c "$kernels"/isa/{scalar,avx512,avx512vnni}.c -lm
}
# The emulator is slow: everything in a few cases, and int8 in more.
# Bochs rounds halves up, not to even, when it converts to fp16.
program avx512 8 -DFLOAT16_ERROR=0.001f
program avx512vnni 400 -DCODES_ONLY

cat >"$out/root/init" <<'EOF'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
for program in /compare-*; do
  "$program" && echo "$program passed"
done
/bin/busybox poweroff -f # ends Bochs
EOF
chmod +x "$out/root/init"
cp /bin/busybox "$out/root/bin/busybox"
(cd "$out/root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$out/iso/initrd"

# The kernel of Debian's package, which is not installed.
package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/ { print $2; exit }')
(cd "$out" && apt-get -qq download "$package" 2>/dev/null && dpkg -x "$package"_*.deb kernel)
cp "$out"/kernel/boot/vmlinuz-* "$out/iso/kernel"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$out/iso"
# Linux does not start in Bochs 2.7 with some of the features that the emulated processor reports.
features=(nolapic nosmp nosmap nosmep nopcid noinvpcid nofsgsbase
  clearcpuid=pku,aperfmperf,xsavec,xsaves,xsaveopt,umip,erms,fsrm,rdpid,clwb,clflushopt,la57)
cat >"$out/iso/isolinux.cfg" <<EOF
default linux
label linux
kernel kernel
append initrd=initrd console=ttyS0,115200 quiet mitigations=off nokaslr tsc=reliable ${features[*]}
EOF
xorriso -as mkisofs -quiet -o "$out/boot.iso" -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 \
  -boot-info-table "$out/iso" 2>/dev/null

cat >"$out/bochsrc" <<EOF
config_interface: textconfig
display_library: term
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
megs: 256
cpu: model=corei7_icelake_u, count=1, ips=10000000, reset_on_triple_fault=0
ata0-master: type=cdrom, path=$out/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$out/serial
log: $out/log
speaker: enabled=0
panic: action=fatal
EOF
echo c >"$out/commands" # Debian's Bochs starts in its debugger
TERM=xterm timeout 3600 script -qec "bochs -q -f '$out/bochsrc' -rc '$out/commands'" /dev/null \
  </dev/null >"$out/messages" 2>&1 &
bochs=$!
# Bochs draws its screen on another terminal, and stops when this is full.
until screen=$(grep -aoE '/dev/pts/[0-9]+' "$out/messages") || ! kill -0 $bochs; do sleep 1; done
cat "$screen" >/dev/null 2>&1 &
wait $bochs || true
grep -aE 'against scalar|instead of|different|behind' "$out/serial" || true
[ "$(grep -ac passed "$out/serial")" = 2 ] || { tail "$out/serial" "$out/log" >&2; exit 1; }
