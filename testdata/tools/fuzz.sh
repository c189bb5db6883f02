#!/usr/bin/env bash
# fuzz.sh [TIME]: runs every fuzz target of the module for a moment, as many at a time as there are processors.
set -euo pipefail
cd "$(dirname "$0")/../.."
export time=${1:-3s}

# one FILE:FUNCTION
one() {
  local name=${1##*:} dir out
  dir=./$(dirname "${1%:*}")
  if out=$(go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 10x -parallel 1 "$dir" 2>&1); then
    echo "ok   fuzz $dir $name"
  # Go before 1.27 may take the end of the time for a fault (golang/go#75804). It is one where an input is told of, or anything else.
  elif [ "$(sed -n '/^--- FAIL/,/^FAIL$/p' <<<"$out" | sed '1d;$d')" = '    context deadline exceeded' ]; then
    echo "ok   fuzz $dir $name (stopped in the middle of an input: golang/go#75804)"
  else
    printf '%s\nFAIL fuzz %s %s\n' "$out" "$dir" "$name"
    return 1
  fi
}
export -f one
git ls-files -co --exclude-standard '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]*' /dev/null | sed 's/func //' |
  xargs -P "$(getconf _NPROCESSORS_ONLN)" -I{} bash -c 'one {}'
