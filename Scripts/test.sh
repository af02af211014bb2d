#!/usr/bin/env bash
# Runs `swift test` with the given arguments and, if tests fail, repeats at the end what failed:
# among the lines of 1,600 tests nobody finds it.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${SWIFT:-swift}" test "$@" 2>&1 | tee "$log"
status=$?
if ((status)); then
  echo
  echo "What failed:"
  grep -a -A 3 -E '✘ .*(recorded an issue|Fatal error)|Fatal error|unexpected signal' "$log" | cut -c 1-2000 | tail -n 200
fi
exit "$status"
