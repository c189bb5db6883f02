#!/usr/bin/env bash
# peers-roundtrip.sh [CAPTURE...]: a capture that scapls has read and written again (`scapls rewrite IN OUT`) opens in real sysdig and Stratoshark,
# and both print the same as for the original. Without arguments: the samples of the repository and, where they are, the shared captures.
# Prints one line per capture and tool; differences go to artifacts/roundtrip/.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
peers=$root/testdata/tools/peers.sh
scapls=$root/bin/scapls
shared=${SCAPLS_SHARED:-$root/../shared}
work=$root/.cache/roundtrip out=$root/artifacts/roundtrip
rm -rf "$work" "$out"
mkdir -p "$work" "$out"

if ! (cd "$work" && "$peers" sysdig --version >/dev/null 2>&1); then
  case ",${SCAPLS_REQUIRE:-}," in
    *,peers,*) echo "FAIL roundtrip: sysdig is not installed (make peers)"; exit 1 ;;
    *) echo "SKIP roundtrip: sysdig is not installed (make peers)"; exit 0 ;;
  esac
fi

captures=("$@")
if [ ${#captures[@]} = 0 ]; then
  captures=("$root"/testdata/captures/*.scap)
  # Captures of the newest libs (live_head-*) abort both peers, the original already.
  for c in "$shared"/captures/*; do
    case $c in *live_head-* | */live_old-sysmix* | */live_new-sysmix*) ;; *) [ -f "$c" ] && captures+=("$c") ;; esac
  done
fi

export TZ=UTC
status=0
# compare TOOL NAME: what the tool prints for in.scap and out.scap.
compare() {
  local tool=$1 name=$2 in_code=0 out_code=0 lines
  (cd "$work" && "$peers" "$tool" -r in.scap >in.txt 2>in.err) || in_code=$?
  (cd "$work" && "$peers" "$tool" -r out.scap >out.txt 2>out.err) || out_code=$?
  # Messages name the file.
  sed -i 's/out\.scap/in.scap/g' "$work/out.txt" "$work/out.err"
  lines=$(wc -l <"$work/in.txt")
  if [ "$in_code" = "$out_code" ] && cmp -s "$work/in.txt" "$work/out.txt"; then
    echo "ok   roundtrip $tool $name ($lines lines$([ "$in_code" = 0 ] || echo ", exit $in_code both times"))"
  else
    status=1
    diff "$work/in.txt" "$work/out.txt" >"$out/$name.$tool.diff" || true
    cat "$work/out.err" >>"$out/$name.$tool.diff"
    echo "FAIL roundtrip $tool $name: $(grep -c '^[<>]' "$out/$name.$tool.diff" || true) of $lines lines differ, exit $in_code and $out_code"
  fi
}

for capture in "${captures[@]}"; do
  name=$(basename "$capture")
  # The tools choose by content, and zstd is known to one of them only.
  if [[ $capture = *.zst ]]; then
    command -v zstd >/dev/null || { echo "SKIP roundtrip $name: no zstd command"; continue; }
    zstd -dqf "$capture" -o "$work/in.scap"
  else
    cp -f "$capture" "$work/in.scap"
  fi
  chmod u+w "$work/in.scap"
  rm -f "$work/out.scap"
  if ! "$scapls" rewrite "$work/in.scap" "$work/out.scap"; then
    status=1
    echo "FAIL roundtrip $name: scapls rewrite"
    continue
  fi
  compare sysdig "$name"
  compare strato "$name"
done
rm -rf "$work"
exit "$status"
