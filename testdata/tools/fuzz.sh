#!/usr/bin/env bash
# fuzz.sh [TIME]: runs every fuzz target of the module for a moment.
set -euo pipefail
cd "$(dirname "$0")/../.."
time=${1:-3s}
status=0
while IFS=: read -r file name; do
  dir=./$(dirname "$file")
  if out=$(go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 10x "$dir" 2>&1); then
    echo "ok   fuzz $dir $name"
  else
    status=1
    echo "$out"
    echo "FAIL fuzz $dir $name"
  fi
done < <(git ls-files -co --exclude-standard '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]*' /dev/null | sed 's/func //')
exit "$status"
