#!/usr/bin/env bash
# generate-check.sh: generated files are what `make generate` makes. On a clean tree this is `git diff --exit-code`; changes that were there
# before are left alone and not counted.
set -euo pipefail
cd "$(dirname "$0")/../.."
state() {
  git ls-files -co --exclude-standard | while read -r f; do [ -f "$f" ] && echo "$(git hash-object "$f") $f"; done | LC_ALL=C sort -k2
}
before=$(state)
make --no-print-directory generate
if ! diff <(echo "$before") <(state) >/dev/null; then
  echo "make generate changed:"
  diff <(echo "$before") <(state) | sed -n 's/^> [0-9a-f]* /  /p'
  git --no-pager diff --stat
  echo "FAIL generate"
  exit 1
fi
if command -v "${BPF_CLANG:-clang-16}" >/dev/null; then
  echo "ok   generate"
else
  # The Go test of capture/bpf still tells when an object is older than its sources.
  echo "ok   generate (but the BPF objects were not rebuilt: clang-16 is not installed)"
fi
