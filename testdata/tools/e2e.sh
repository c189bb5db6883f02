#!/usr/bin/env bash
# e2e.sh VSIX [SCRIPT ARG...]: runs vscode-extension/test/e2e, or another script there, in a real VS Code (code-server) in a real browser.
# Screenshots and logs go to artifacts/.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
tools=${T:-$root/.cache/e2e}

# skip REASON: a skip, or a failure when SCAPLS_REQUIRE names e2e.
skip() {
  case ",${SCAPLS_REQUIRE:-}," in
    *,e2e,*) echo "FAIL e2e: $1"; exit 1 ;;
    *) echo "SKIP e2e: $1"; exit 0 ;;
  esac
}
ls vscode-extension/test/e2e/*.test.* >/dev/null 2>&1 || skip "there are no tests"
[ -x "$tools/bin/node" ] || skip "code-server is not installed (make e2e-setup)"
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$chromium" ] || skip "no chromium"

# The big capture: the shared one, else the sample repeated to a million events.
big=$root/.cache/bench/big-old-1M.scap
if [ ! -f "$big" ]; then
  mkdir -p "$(dirname "$big")"
  if [ -f "${SCAPLS_SHARED:-../shared}/bench/big-old-1M.scap.zst" ]; then
    go run ./cmd/internal/bench -unpack -file big-old
  else
    big=$root/.cache/bench/generated-1M.scap
    [ -f "$big" ] || go run ./cmd/internal/enlarge -events 1000000 testdata/captures/live_old-sysmix.scap "$big"
  fi
fi

mkdir -p artifacts
export SCAPLS_BIN=$root/bin/scapls VSIX=$1 ARTIFACTS=$root/artifacts
export E2E_TOOLS=$tools CODE_NODE=$tools/bin/node CHROMIUM=$chromium
export SCAPLS_E2E_CAPTURE_SMALL=$root/testdata/captures/live_old-sysmix.scap SCAPLS_E2E_CAPTURE_BIG=$big
cd vscode-extension
if [ $# -gt 1 ]; then
  exec "$CODE_NODE" "${@:2}"
fi
E2E_EXTENSIONS=$(mktemp -d)
export E2E_EXTENSIONS
trap 'rm -rf "$E2E_EXTENSIONS"' EXIT
"$CODE_NODE" test/e2e/install.mjs "$E2E_EXTENSIONS"
# Each file starts a server and a browser of its own; two files run at once, those that take longest first, but not remote beside axe: it captures all that
# happens meanwhile. What fails is run once more when all others are through, alone, and told as FLAKY if it passes then: a browser on a machine that is
# short of time misses moments. What is wrong fails twice.
logs=$root/artifacts/e2e
rm -rf "$logs" && mkdir -p "$logs"
one() { # FILE ROUND: runs a file and says what came of it
  local name start=$SECONDS status=0
  name=$(basename "$1" .test.mjs)
  "$CODE_NODE" --test --test-reporter=spec "$1" >"$logs/$name.$2.log" 2>&1 || status=1
  { cat "$logs/$name.$2.log"; [ "$status" = 0 ] && echo "ok   e2e $name $((SECONDS - start))s" || echo "FAIL e2e $name $((SECONDS - start))s"; } >"$logs/$name.out"
  cat "$logs/$name.out"
  if [ "$status" = 0 ]; then rm -f "$logs/$name.failed"; else echo "$1" >"$logs/$name.failed"; fi
}
jobs=${E2E_JOBS:-2} first='axe colours find'
files=()
for name in $first; do files+=("test/e2e/$name.test.mjs"); done
for file in test/e2e/*.test.*; do
  [[ " $first " == *" $(basename "$file" .test.mjs) "* ]] || files+=("$file")
done
for file in "${files[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
  one "$file" 1 &
done
wait
status=0
for failed in "$logs"/*.failed; do
  [ -f "$failed" ] || continue
  file=$(cat "$failed")
  one "$file" 2
  if [ -f "$failed" ]; then status=1; else echo "FLAKY e2e $(basename "$file" .test.mjs): passed when it was run again"; fi
done
if [ "$status" = 0 ]; then echo "ok   e2e"; else echo "FAIL e2e"; fi
exit "$status"
