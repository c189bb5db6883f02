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
# One file after the other: each starts a server and a browser of its own.
"$CODE_NODE" --test --test-concurrency=1 test/e2e/*.test.* && echo "ok   e2e" || { echo "FAIL e2e"; exit 1; }
