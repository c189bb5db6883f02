# What runs on the far side, in /bin/sh, with N set to a word that nothing else prints. It answers on stderr, in lines
# that begin with N, and reads its orders from stdin, one a line. stdout is the capture's.
umask 077
LC_ALL=C
export LC_ALL
trap '' PIPE
G=
trap 'exit 1' HUP INT TERM
trap 'leave' EXIT
T= f= K=${HOME:-/nonexistent}/.local/share/scapls
say() { printf '%s %s\n' "$N" "$*" >&2; }
leave() {
	trap '' HUP INT TERM
	[ -z "$G" ] || unguard
	if [ -n "$T" ]; then
		cd /
		rm -rf "$T"
	fi
}
# guard JOB FILE: ends all of this when no order comes for 12 s, or when FILE, which JOB writes, does not grow for 9 s:
# sshd hears of a link that fell silent only hours later.
guard() {
	(
		trap - EXIT HUP INT TERM
		n=0 size=x limit=12
		[ -z "$1" ] || limit=9
		while [ "$n" -lt "$limit" ]; do
			sleep 1
			n=$((n + 1))
			if [ -n "$2" ]; then
				now=$(wc -c <"$2")
				[ "$now" = "$size" ] || n=0
				size=$now
			fi
		done
		[ -z "$1" ] || kill -9 "$1"
		[ -z "$2" ] || rm -f "$2"
		cd /
		[ -z "$T" ] || rm -rf "$T"
		kill -9 $$
	) </dev/null >/dev/null 2>&1 &
	G=$!
}
unguard() {
	kill -9 "$G" # a gentler signal may meet it before it can heed it; its sleep ends by itself
	wait "$G"
	G=
} 2>/dev/null
# mine FOLDER: a real folder, ours, where nobody else may write.
mine() {
	[ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && [ -z "$(find "$1" -prune \( -perm -020 -o -perm -002 \) 2>/dev/null)" ]
}
# bases: where a folder for the agent may be made, each in a line.
bases() {
	for b in "${XDG_RUNTIME_DIR:-}" "${TMPDIR:-}" /tmp /var/tmp "${HOME:-}"; do
		case $b in /*) [ -d "$b" ] && [ -w "$b" ] && printf '%s\n' "$b" ;; esac
	done
}
# sweep: folders that a killed script has left. A number that is another user's process is no script of ours.
sweep() {
	n=0
	bases | sort -u | {
		while IFS= read -r b; do
			for x in "$b"/scapls-agent.*; do
				mine "$x" || continue
				p=$(head -c 20 "$x/pid" 2>/dev/null)
				case $p in
				'' | *[!0-9]*) [ -n "$(find "$x" -prune -mmin +10 2>/dev/null)" ] || continue ;;
				*) kill -0 "$p" 2>/dev/null && continue ;;
				esac
				rm -rf "$x" && n=$((n + 1))
			done
		done
		say swept "$n"
	}
}
look() {
	say sys "$(uname -s 2>/dev/null) $(uname -m 2>/dev/null)"
	say uid "$(id -u 2>/dev/null)"
	say name "$(id -un 2>/dev/null)"
	for c in sudo doas sysdig gzip sha256sum; do
		command -v "$c" >/dev/null 2>&1 && say has "$c"
	done
	for p in "$(command -v scapls 2>/dev/null)" /usr/local/bin/scapls /usr/bin/scapls; do
		case $p in /*) [ -f "$p" ] && [ -x "$p" ] && { there=$p; say there "$p"; break; } ;; esac
	done
	if mine "$K" && [ -f "$K/agent" ] && [ ! -L "$K/agent" ] && [ -O "$K/agent" ] && [ -x "$K/agent" ]; then
		say kept "$K/agent"
	fi
	say ready
}
# folder: a new private folder in $d from which programs may be run.
folder() {
	d=
	for b in $(bases | grep -v '[[:space:]*?[]'); do
		d=$(mktemp -d "$b/scapls-agent.XXXXXXXXXX" 2>/dev/null) || continue
		T=$d
		printf '%s' $$ >"$d/pid"
		printf '#!/bin/sh\nexit 0\n' >"$d/try" && chmod 700 "$d/try" && "$d/try" 2>/dev/null && rm -f "$d/try" && mine "$d" && return 0
		rm -rf "$d"
		T=
	done
	return 1
}
# stay: the folder where the agent is kept, in $d.
stay() {
	for x in "${HOME:?}/.local" "$HOME/.local/share"; do
		[ -d "$x" ] || mkdir "$x" || return 1
		[ -O "$x" ] || return 1
	done
	[ -e "$K" ] || [ -L "$K" ] || mkdir -m 700 "$K" || return 1
	mine "$K" && d=$K
}
digest() {
	if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"; elif command -v shasum >/dev/null 2>&1; then shasum -a 256 <"$1"; else openssl dgst -sha256 -r <"$1"; fi 2>/dev/null | cut -c1-64
}
# put SIZE gzip|plain SHA256 stay|temp: takes the agent in. What is not read of it would be read as orders, so a failure ends.
put() {
	if [ "$4" = stay ]; then
		stay || { say fail "the folder $K is a link, or belongs to another user, or others may write there"; exit 1; }
		f=$K/agent.$$
	else
		folder || { say fail "there is no folder where this user may put a program and run it"; exit 1; }
		f=$d/agent
	fi
	rm -f "$f"
	say send
	exec 3<&0
	head -c "$1" <&3 >"$f.in" &
	job=$!
	exec 3<&-
	guard "$job" "$f.in"
	wait "$job"
	ok=$?
	unguard
	[ "$ok" != 0 ] || if [ "$2" = gzip ]; then gzip -dc <"$f.in" >"$f"; else mv "$f.in" "$f"; fi || ok=1
	rm -f "$f.in"
	[ "$ok" = 0 ] || { rm -f "$f"; say fail "the file could not be written: is the disk full?"; exit 1; }
	if [ "$(digest "$f")" != "$3" ]; then
		rm -f "$f"
		say fail "what arrived is not what was sent"
		exit 1
	fi
	chmod 700 "$f"
	[ "$4" != stay ] || { mv -f "$f" "$K/agent" && f=$K/agent; }
	say put "$f"
}
run() {
	case $1 in
	direct) "$f" agent ;;
	sudo) sudo -n -- "$f" agent ;;
	password) sudo -k -S -p "$N password" -- "$f" agent ;;
	doas) doas -n -- "$f" agent ;;
	esac
	n=$?
	say exit "$n"
	[ "$n" != 3 ] || exit 0 # it has lost its client, and so have we: no order will come
}
# own: the processes of this connection, from this shell up to its sshd, separated by commas. The sshd that listens for
# all is not among them.
own() {
	p=$$ list=$$ seen=
	while p=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$p/status" 2>/dev/null) && [ "${p:-0}" -gt 1 ]; do
		case $(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null) in
		*'[listener]'*) break ;;
		sshd:* | sshd-session:* | sshd-auth:*) seen=1 ;;
		*) [ -z "$seen" ] || break ;;
		esac
		list=$list,$p
	done
	[ -n "$seen" ] || list=$$
	printf '%s' "$list"
}
# signal NAME PID: as we are, else as who started sysdig.
signal() {
	kill "-$1" "$2" && return
	case $way in sudo) sudo -n kill "-$1" "$2" ;; doas) doas -n kill "-$1" "$2" ;; *) false ;; esac
} </dev/null >/dev/null 2>&1
# began PID: when a process began, which tells it from a later one of the same number.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
# end JOB: ends what is below JOB and then JOB itself, by force what does not heed a gentler signal for 2 s.
end() {
	list=
	for p in $(below "$1"); do
		list="$list $p:$(began "$p")"
		signal TERM "$p"
	done
	for n in 1 2; do
		left
		[ -z "$list" ] || sleep 1
	done >/dev/null 2>&1
	left
	for p in $list; do signal KILL "${p%:*}"; done
	kill -9 "$1" 2>/dev/null
}
# left: takes what has ended off $list.
left() {
	now=
	for p in $list; do
		[ "$(began "${p%:*}")" != "${p#*:}" ] || now="$now $p"
	done
	list=$now
}
# peer direct|sudo|doas SNAPLEN COUNT SECONDS own|all, and the filter in a line of its own: sysdig in the agent's place.
# It listens to no one, so this shell reads for it: "beat" at least every 6 s, anything else is the end. Where we may not
# kill it, it ends by itself after 12 hours if nothing else was said.
peer() {
	way=$1 snap=$2 count=$3 secs=$4 o=
	IFS= read -r filter
	if [ "$5" = own ]; then
		o=$(own)
		mute="not (proc.pid in ($o) or proc.apid=$$)"
		if [ -n "$filter" ]; then filter="($filter) and $mute"; else filter=$mute; fi
	elif [ -n "$filter" ]; then
		filter="($filter)" # no option begins with that
	fi
	if [ "$secs" = 0 ] && [ "$way" != direct ] && ! signal 0 1; then
		secs=43200
		say bound "$secs"
	fi
	set -- sysdig -w - -s "$snap"
	[ "$count" = 0 ] || set -- "$@" -n "$count"
	[ "$secs" = 0 ] || set -- "$@" -M "$secs"
	[ -z "$filter" ] || set -- "$@" "$filter"
	case $way in sudo) set -- sudo -n "$@" ;; doas) set -- doas -n "$@" ;; esac
	[ -n "$T" ] || folder || { say exit 1; return; } # an agent that may not capture has one
	exec 3<&0
	(
		trap - PIPE EXIT
		"$@" </dev/null 3<&-
		printf '%s' $? >"$T/status"
	) &
	job=$!
	(
		trap - EXIT
		while IFS= read -r line && [ "$line" = beat ]; do : >"$T/beat"; done <&3
		: >"$T/stop"
	) &
	reader=$!
	exec 3<&-
	(
		trap - EXIT
		beats=6
		while sleep 1 >/dev/null 2>&1 && [ ! -e "$T/stop" ] && [ "$beats" -gt 0 ]; do
			beats=$((beats - 1))
			[ ! -e "$T/beat" ] || { rm -f "$T/beat"; beats=6; }
			say tick
		done
		: >"$T/ending"
		end "$job" # where that may not be, it ends when it writes: nobody reads
	) &
	watcher=$!
	say started "$o"
	wait "$job" 2>/dev/null
	[ ! -e "$T/ending" ] || wait "$watcher" # sysdig may outlive what started it
	for p in "$reader" "$watcher"; do
		kill -9 "$p"
		wait "$p"
	done 2>/dev/null
	say exit "$(cat "$T/status" 2>/dev/null || echo 1)"
	rm -rf "$T"
	T=
}
# below PID: the processes below it, the deepest first.
below() {
	for c in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
		(below "$c") # a function has no variables of its own
		printf '%s\n' "$c"
	done
}
# forget: the agent that was asked to stay goes.
forget() {
	if mine "$K"; then rm -f "$K/agent" "$K"/agent.* && rmdir "$K" 2>/dev/null; fi
	say forgotten
}
printf '%s\n' "$N"
say here
while guard '' '' && IFS=' ' read -r verb a1 a2 a3 a4 a5; do
	unguard
	case $verb in
	look) look ;;
	sweep) sweep ;;
	use) case $a1 in there) f=${there:-} ;; kept) f=$K/agent ;; esac; say using "$f" ;;
	put) put "$a1" "$a2" "$a3" "$a4" ;;
	run) run "$a1" ;;
	sysdig) peer "$a1" "$a2" "$a3" "$a4" "$a5" ;;
	cansysdig) case $a1 in sudo) sudo -n sysdig --version ;; doas) doas -n sysdig --version ;; *) sysdig --version ;; esac </dev/null >/dev/null 2>&1; say exit $? ;;
	digest) say digest "$(digest "$f")" ;;
	forget) forget ;;
	beat | '') ;;
	*) break ;;
	esac
done
exit 0
