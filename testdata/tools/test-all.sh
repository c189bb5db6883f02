#!/usr/bin/env bash
# test-all.sh TARGET...: runs make targets one after the other, all of them even when one fails, and ends with what each said last.
# The logs stay in artifacts/test/.
set -uo pipefail
cd "$(dirname "$0")/../.."
logs=artifacts/test
mkdir -p "$logs"
rm -f "$logs"/*.log
failed=0
summary=()
for target in "$@"; do
  echo "=== make $target"
  start=$SECONDS
  if make --no-print-directory "$target" 2>&1 | tee "$logs/$target.log"; then
    word='ok  '
  else
    word=FAIL failed=1
  fi
  summary+=("$word make $target $((SECONDS - start))s")
done
echo
echo "=== closings"
for target in "$@"; do
  # Of each log: how every package, target and test file ended; and what was said where a test failed.
  grep -aE -A15 '^ *--- FAIL: |^not ok ' "$logs/$target.log" | head -200 || true
  grep -aE '^(ok|FAIL|FLAKY|--- FAIL|panic:|SKIP|not ok|# (tests|pass|fail|skipped) |ℹ (tests|pass|fail|skipped) )' "$logs/$target.log" | grep -av '^FAIL$' || true
done
echo
printf '%s\n' "${summary[@]}"
if [ "$failed" = 1 ]; then echo FAIL; else echo PASS; fi
exit "$failed"
