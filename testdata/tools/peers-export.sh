#!/usr/bin/env bash
# peers-export.sh [CAPTURE...]: a slice that scapls writes (`scapls read IN FILTER -w OUT`) shows in real sysdig what the whole capture shows
# under the same filter, event by event: names of processes, descriptors, users, parents, directories, arguments. Stratoshark opens it and lists as
# many events. Without arguments: the samples of the repository and, where they are, the shared captures. Prints one line per capture, and one for
# each filter that differs; differences go to artifacts/export/. Known ones are explained in testdata/tools/peers-export.known.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
peers=$root/testdata/tools/peers.sh
scapls=$root/bin/scapls
shared=${SCAPLS_SHARED:-$root/../shared}
known=$root/testdata/tools/peers-export.known
work=$root/.cache/export out=$root/artifacts/export
rm -rf "$work" "$out"
mkdir -p "$work" "$out"

if ! (cd "$work" && "$peers" sysdig --version >/dev/null 2>&1); then
  case ",${SCAPLS_REQUIRE:-}," in
    *,peers,*) echo "FAIL export: sysdig is not installed (make peers)"; exit 1 ;;
    *) echo "SKIP export: sysdig is not installed (make peers)"; exit 0 ;;
  esac
fi

# What is compared of each event. The number and what counts from the first event differ in a slice.
fields='*%evt.rawtime %evt.cpu %evt.type %thread.tid %proc.pid %proc.name %proc.exe %proc.cmdline %proc.exepath %proc.cwd %proc.ppid %proc.pname %proc.aname[2] %proc.aname[3] %proc.sid %proc.vpgid %proc.tty %fd.num %fd.type %fd.typechar %fd.name %fd.cip %fd.cport %fd.sip %fd.sport %fd.l4proto %fd.directory %user.uid %user.name %group.gid %group.name %user.loginuid %evt.args'

filters=(
  'evt.type in (read, write) and fd.type = file'
  'evt.type = read'
  'evt.category = net'
  'evt.type in (openat, open) and evt.failed = true'
  'evt.type in (execve, clone, clone3, fork, vfork, procexit)'
  'evt.type = close'
  'fd.type in (ipv4, ipv6)'
  'fd.type = unix'
  'proc.name in (bash, sh, curl, python3, nginx)'
  'evt.failed = true'
)

captures=("$@")
if [ ${#captures[@]} = 0 ]; then
  captures=("$root"/testdata/captures/*.scap)
  # Captures of the newest libs (live_head-*) abort both peers, the original already.
  for c in "$shared"/captures/*; do
    case $c in *live_head-* | */live_old-sysmix* | */live_new-sysmix* | *.zst) ;; *) [ -f "$c" ] && captures+=("$c") ;; esac
  done
fi

export TZ=UTC
status=0 cases=0 lines=0 unexplained=0 explained=0
for capture in "${captures[@]}"; do
  name=$(basename "$capture")
  cp -f "$capture" "$work/in.scap"
  chmod u+w "$work/in.scap"
  same=0 rows=0 hidden=0
  for i in "${!filters[@]}"; do
    filter=${filters[$i]}
    cases=$((cases + 1))
    rm -f "$work/out.scap"
    code=0
    told=$("$scapls" read "$capture" "$filter" -w "$work/out.scap" 2>&1) || code=$?
    case $code in 0 | 3) ;; *)
      status=1
      echo "FAIL export $name: $filter: scapls: $told"
      continue
      ;;
    esac
    in_code=0 out_code=0 strato_code=0
    (cd "$work" && "$peers" sysdig -r in.scap -p "$fields" "$filter" >in.txt 2>in.err) || in_code=$?
    (cd "$work" && "$peers" sysdig -r out.scap -p "$fields" >out.txt 2>out.err) || out_code=$?
    (cd "$work" && "$peers" strato -r out.scap >strato.txt 2>strato.err) || strato_code=$?
    n=$(wc -l <"$work/in.txt")
    lines=$((lines + n)) rows=$((rows + n))
    why=
    cmp -s "$work/in.txt" "$work/out.txt" || why="$(diff "$work/in.txt" "$work/out.txt" | grep -c '^[<>]' || true) of $n lines differ in sysdig"
    # The original may end with damage, which the slice does not have.
    [ "$out_code" = 0 ] || [ "$out_code" = "$in_code" ] || why="$why; sysdig ends with $out_code, not $in_code"
    # An empty slice has no events, which both peers refuse (no events in file).
    if [ "$n" -gt 0 ] && [ "$strato_code" != 0 ]; then why="$why; strato ends with $strato_code: $(tail -1 "$work/strato.err")"; fi
    if [ -z "$why" ] || [ "$n" = 0 -a "$(wc -l <"$work/out.txt")" = 0 ]; then
      same=$((same + 1))
    else
      {
        echo "# $filter: $why"
        diff "$work/in.txt" "$work/out.txt" || true
        cat "$work/out.err" "$work/strato.err"
      } >"$out/$name.$i.diff"
      reason=$([ -f "$known" ] && awk -F'\t' -v c="$name" -v f="$filter" '$0 !~ /^#/ && (c ~ "^" $1 "$") && ($2 == "*" || $2 == f) {print $3; exit}' "$known" || true)
      if [ -n "$reason" ]; then
        explained=$((explained + 1))
        echo "diff export $name: $filter: $why (known: $reason)"
      else
        unexplained=$((unexplained + 1))
        status=1
        echo "FAIL export $name: $filter: $why"
      fi
    fi
  done
  echo "ok   export $name: $same of ${#filters[@]} filters agree ($rows lines)"
done
echo "export: $cases slices, $lines lines compared, $explained differ for known reasons, $unexplained for none"
rm -rf "$work"
exit "$status"
