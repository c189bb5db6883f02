#!/usr/bin/env bash
# run.sh VSIX [CAPTURE]: starts a VS Code in the browser (code-server) with the extension, on a folder with the sample captures or with the
# given one, and prints where. Everything it writes is under .cache/run. Ctrl-C stops it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
vsix=$1 capture=${2:-}
tools=${T:-$root/.cache/e2e} dir=$root/.cache/run
node=$tools/bin/node entry=$tools/cs/node_modules/code-server/out/node/entry.js

if [ -n "$capture" ]; then
  [ -f "$capture" ] || { echo "make run: no file $capture" >&2; exit 1; }
  capture=$(cd "$(dirname "$capture")" && pwd)/$(basename "$capture")
  folder=$(dirname "$capture")
else
  folder=$dir/captures
  mkdir -p "$folder"
  cp -f "$root"/testdata/captures/*.scap "$folder"
  chmod u+w "$folder"/*
  capture=$folder/live_old-sysmix.scap
fi

port=${PORT:-8127}
while [ -z "${PORT:-}" ] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done

mkdir -p "$dir/user/User" "$dir/extensions"
printf 'auth: none\n' >"$dir/config.yaml"
[ -f "$dir/user/User/settings.json" ] || cat >"$dir/user/User/settings.json" <<'JSON'
{
  "workbench.startupEditor": "none",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "git.openRepositoryInParentFolders": "never",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "update.mode": "none"
}
JSON

# The small extension that opens the capture.
opener=$dir/opener.vsix
if [ ! -f "$opener" ] || [ -n "$(find "$root/testdata/tools/run-opener" -newer "$opener")" ]; then
  rm -rf "$dir/opener" && cp -r "$root/testdata/tools/run-opener" "$dir/opener"
  (cd "$dir/opener" && "$root/vscode-extension/node_modules/.bin/vsce" package --no-dependencies --skip-license --allow-missing-repository \
    -o "$opener" >"$dir/opener.log" 2>&1) || { cat "$dir/opener.log" >&2; exit 1; }
fi

export EXTENSIONS_GALLERY='{}' XDG_CONFIG_HOME=$dir/xdg XDG_DATA_HOME=$dir/xdg SCAPLS_RUN_OPEN=$capture
server=("$node" "$entry" --config "$dir/config.yaml" --user-data-dir "$dir/user" --extensions-dir "$dir/extensions")
"${server[@]}" --install-extension "$vsix" --install-extension "$opener" --force >"$dir/install.log" 2>&1 || { cat "$dir/install.log" >&2; exit 1; }

# Its own process group, so that Ctrl-C and the trap reach the server and its children once.
set -m
"${server[@]}" --bind-addr "127.0.0.1:$port" --auth none --disable-telemetry --disable-update-check --disable-workspace-trust \
  --disable-getting-started-override --ignore-last-opened "$folder" >"$dir/server.log" 2>&1 &
pid=$!
set +m
stop() { trap - INT TERM EXIT; kill -TERM -- "-$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
trap stop EXIT
trap 'echo; exit 0' INT TERM

for _ in $(seq 300); do
  kill -0 "$pid" 2>/dev/null || { cat "$dir/server.log" >&2; exit 1; }
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done

url=http://127.0.0.1:$port/?folder=$("$node" -p 'encodeURIComponent(process.argv[1])' "$folder")
echo
echo "  scapls is running in VS Code at"
echo "  $url"
echo
echo "  Ctrl-C stops it."
if [ "$(uname -s)" = Darwin ]; then
  open "$url" || true
elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  if [ "$(id -u)" = 0 ] && command -v chromium >/dev/null; then
    chromium --no-sandbox "$url" >/dev/null 2>&1 &
  elif command -v xdg-open >/dev/null; then
    xdg-open "$url" >/dev/null 2>&1 &
  fi
fi
wait "$pid"
