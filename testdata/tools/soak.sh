#!/usr/bin/env bash
# soak.sh: a capture that goes on for SECONDS (600) under load: no drops, no growth of memory, the order of time kept on
# every processor, every file opens. Needs root on Linux with BTF. Ends with "ok" or with what is wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-600}
scapls=${SCAPLS:-bin/scapls}
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT

# Load: files and processes all the time, and a burst of small calls every few seconds.
sh -c "while :; do echo x >$dir/noise; cat $dir/noise >/dev/null; rm $dir/noise; done" &
pids+=($!)
sh -c "while :; do dd if=/dev/zero of=/dev/null bs=1 count=100000 2>/dev/null; sleep 2; done" &
pids+=($!)

"$scapls" capture -w "$dir/soak.scap" -C 100 -W 4 -d "${seconds}s" --ring 128M --status json 2>"$dir/status" &
capture=$!
pids+=($capture)
rss() { awk '/VmRSS/ { print $2 }' "/proc/$capture/status" 2>/dev/null || true; }
sleep $((seconds / 10 + 5))
early=$(rss)
while kill -0 "$capture" 2>/dev/null; do
  now=$(rss)
  [ -n "$now" ] && late=$now
  sleep 1
done
wait "$capture" || { tail -3 "$dir/status"; echo "soak: the capture failed"; exit 1; }

last=$(tail -1 "$dir/status")
value() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" <<<"$last"; }
events=$(value events) drops=$(value drops)
echo "soak: $seconds s, $events events, $drops dropped, memory $early kB after a tenth of the time, $late kB at the end"
bad=0
[ "$drops" = 0 ] || { echo "soak: events were dropped: $(sed -n 's/.*"drop_reasons":\({[^}]*}\).*/\1/p' <<<"$last")"; bad=1; }
[ "$late" -le $((early + early / 4 + 8192)) ] || { echo "soak: memory has grown"; bad=1; }
for f in "$dir"/soak.scap?; do
  "$scapls" read --internal "$f" -p '%evt.cpu %evt.rawtime' |
    awk -v f="$(basename "$f")" '$2 < last[$1] { n++ } { last[$1] = $2 } END { printf "soak: %s: %d events", f, NR; if (n) printf ", %d out of order", n; print ""; exit n > 0 }' || bad=1
done
[ "$bad" = 0 ] && echo "ok   soak"
exit "$bad"
