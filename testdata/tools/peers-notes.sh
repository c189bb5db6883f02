#!/usr/bin/env bash
# peers-notes.sh [CAPTURE...]: copies with notes (`scapls read IN -w OUT --notes`) are what they were to real sysdig, and Stratoshark shows the notes
# as comments of the events; comments that Wireshark's editcap puts on events are notes here. Without arguments: the samples of the repository and,
# where they are, the shared captures. Prints one line per capture.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
peers=$root/testdata/tools/peers.sh
scapls=$root/bin/scapls
shared=${SCAPLS_SHARED:-$root/../shared}
work=$root/.cache/notes
rm -rf "$work"
mkdir -p "$work"
export TZ=UTC SCAPLS_STATE_DIR=$work/state

if ! (cd "$work" && "$peers" sysdig --version >/dev/null 2>&1); then
  case ",${SCAPLS_REQUIRE:-}," in
    *,peers,*) echo "FAIL notes: sysdig is not installed (make peers)"; exit 1 ;;
    *) echo "SKIP notes: sysdig is not installed (make peers)"; exit 0 ;;
  esac
fi

captures=("$@")
if [ ${#captures[@]} = 0 ]; then
  captures=("$root"/testdata/captures/*.scap)
  # Captures of the newest libs (live_head-*) abort both peers, the original already.
  for c in "$shared"/captures/*; do
    case $c in *live_head-* | */live_old-sysmix* | */live_new-sysmix* | *.zst) ;; *) [ -s "$c" ] && captures+=("$c") ;; esac
  done
fi

cd "$work"
status=0
fail() { echo "FAIL $1: $2"; status=1; }
for capture in "${captures[@]}"; do
  name=$(basename "$capture")
  cp -f "$capture" in.scap
  chmod u+w in.scap
  # What a copy without notes shows: the copy itself (current lists) is held against the original by peers-export.sh.
  "$scapls" read in.scap --internal -w plain.scap 2>/dev/null || true
  rm -rf state
  last=$("$scapls" read in.scap --internal -p '%evt.num' 2>/dev/null | tail -1)
  nums=$("$scapls" read in.scap --internal -p '%evt.num' 2>/dev/null | awk -v n="$last" 'NR % (1 + int(n / 7)) == 1')
  for n in $nums; do "$scapls" notes in.scap add "$n" "note $n
of two lines, ü" 2>/dev/null || true; done
  "$scapls" read in.scap --internal -w noted.scap --notes kept 2>/dev/null || true
  "$peers" sysdig -r plain.scap >plain.txt 2>plain.err || true
  "$peers" sysdig -r noted.scap >noted.txt 2>noted.err || true
  cmp -s plain.txt noted.txt || fail "$name" "sysdig shows a copy with notes otherwise"
  [ -s noted.txt ] || grep -q . plain.err || [ ! -s plain.txt ] || fail "$name" "sysdig shows nothing"
  want=$(for n in $nums; do echo "$n note $n\\nof two lines, ü"; done)
  got=$("$scapls" read noted.scap --internal 'evt.comment contains "of two lines"' -p '%evt.num %evt.comment' 2>/dev/null | sed -z 's/\nof two/\\nof two/g' | sed 's/^\([0-9]* \).*note/\1note/' || true)
  [ "$got" = "$want" ] || fail "$name" "the notes do not come back"
  # Stratoshark shows comments on rows it shows; it hides internal events.
  "$peers" strato -r noted.scap -Y frame.comment -T fields -e frame.comment >strato.txt 2>/dev/null || true
  shown=$(wc -l <strato.txt)
  bad=$(grep '^note' strato.txt | grep -vc '^note [0-9]*.*of two lines, ü' || true)
  [ "$bad" = 0 ] || fail "$name" "Stratoshark shows other comments"
  # The other way: what editcap writes is read.
  first=$(echo "$nums" | sed -n 2p)
  back='-'
  if [ -n "$first" ] && "$peers" editcap -a "$first:from editcap" plain.scap edited.scap >/dev/null 2>&1; then
    back=$("$scapls" read edited.scap --internal 'evt.comment = "from editcap"' -p '%evt.num' 2>/dev/null || true)
    [ -n "$back" ] || fail "$name" "a comment of editcap is not read"
  fi
  echo "ok   $name: notes on $(echo "$nums" | wc -w) events, $(wc -l <noted.txt) lines of sysdig the same, $shown comments in Stratoshark, editcap's read at $back"
done
exit $status
