#!/usr/bin/env bash
# Runs a fixed version of clang-format on all C sources, because versions format differently and
# Debian's package depends on all of LLVM.
#   Scripts/clang-format.sh --dry-run --Werror     checks
#   Scripts/clang-format.sh -i                     formats
set -euo pipefail

version=19.1.7
folder=.build/clang-format-$version
tool=$folder/clang_format/data/bin/clang-format
if [ ! -x "$tool" ] && ! python3 -I -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
  --no-deps --target "$folder" "clang-format==$version" >&2; then
  echo "clang-format: pip cannot fetch version $version, so the format of the C sources is not checked" >&2
  exit 0
fi
find Sources Tools -name '*.[ch]' -print0 | xargs -0 "$tool" "$@"
