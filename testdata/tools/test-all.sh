#!/usr/bin/env bash
# test-all.sh TARGET...: runs make targets one after the other, all of them even when one fails, and ends with what each said last.
# The logs stay in artifacts/test/.
set -uo pipefail
cd "$(dirname "$0")/../.."
logs=artifacts/test
mkdir -p "$logs"
rm -f "$logs"/*.log
broken=()
summary=()
for target in "$@"; do
  echo "=== make $target"
  start=$SECONDS
  if make --no-print-directory "$target" 2>&1 | tee "$logs/$target.log"; then
    word='ok  '
  else
    word=FAIL
    broken+=("$target")
  fi
  summary+=("$word make $target $((SECONDS - start))s")
done
echo
# Where something failed, its log's own words come last but for the summary: of Go's packages, of the files of the browser, and how it ended.
for target in "${broken[@]}"; do
  echo "=== what failed in make $target"
  grep -aE '^(FAIL|FLAKY|--- FAIL|panic:|SKIP)' "$logs/$target.log" | head -40
  grep -aE -A25 '^ *--- FAIL: |^WARNING: DATA RACE|^panic: ' "$logs/$target.log" | cut -c1-600 | head -150
  sed -nE '/^✖ failing tests:/,/^(ok  |FAIL) /p' "$logs/$target.log" | cut -c1-600 | head -150
  echo "--- its last lines"
  tail -n 12 "$logs/$target.log" | cut -c1-300
done
grep -ahE '^(FLAKY|SKIP)' "$logs"/*.log || true
echo
printf '%s\n' "${summary[@]}"
if [ "${#broken[@]}" -gt 0 ]; then echo FAIL; exit 1; fi
echo PASS
