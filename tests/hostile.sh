#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What an ordinary user can do to root's waybill from a namespace of their own, as TAP: nothing. Names
# and rules of any bytes, a library that ends in an assertion; and what waybill itself keeps of rights.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbe
LISTEN=$PORT
PORT=9977
chmod 755 "$DIR"
install -m 755 "$O/tests/hostile_nft" "$O/tests/hostile_rules" "$DIR"
printf 'add table inet pwned\n' >"$DIR/evil.nft"
mkfifo "$DIR/fifo"
chmod 644 "$DIR/evil.nft" "$DIR/fifo"
HOSTILE=
trap 'kill $HOSTILE 2>/dev/null; leave' EXIT

# An ordinary user's namespace: SET-UP, then at a sign TRAFFIC; it stays until hostile_end.
hostile_begin() {
	rm -f "$DIR/ready" "$DIR/go"
	mkdir -p "$DIR/signs"
	chmod 777 "$DIR/signs"
	rm -f "$DIR/signs"/*
	# shellcheck disable=SC2016 # expanded in there
	setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Urn env PATH="$PATH" D="$DIR" \
		bash -c 'ip link set lo up; '"$1"'; : >"$D/signs/ready"
			until [ -e "$D/go" ]; do sleep 0.05; done; '"$2"'; : >"$D/signs/sent"
			sleep 900' >"$DIR/hostile" 2>&1 &
	HOSTILE=$!
	within "${READY_TENTHS:-100}" test -e "$DIR/signs/ready"
}
hostile_end() {
	kill $HOSTILE 2>/dev/null
	wait $HOSTILE 2>/dev/null
	HOSTILE=
}
SEND="echo x >/dev/udp/127.0.0.1/$PORT"

# Did it live, end when asked to, and print a summary as its last line?
ends_well() {
	ends_within 1000 || return 1
	tail -1 "$DIR/out" | jq -e 'select(.type == "summary")'
}
tells_now() { jq -es "map(select(.type == \"journey\")) | any($1)" "$DIR/out"; }
tells() { within 50 tells_now "$1"; } # a busy machine tells it later
attack() { # NAME SET-UP: a waybill that looks at what the set-up made
	if ! hostile_begin "$2" "$SEND; sleep 0.3; $SEND"; then
		skip "$1" "no user namespaces, or the kernel refuses the set-up: $(head -c 100 "$DIR/hostile")"
		hostile_end
		return 1
	fi
	start_waybill -j -N $HOSTILE -- udp port $PORT
	touch "$DIR/go"
	within 50 test -e "$DIR/signs/sent"
	sleep 1
}
nft_of() { nsenter -t "$HOSTILE" -U -n --preserve-credentials nft list tables; }

RULE="nft 'add table ip z; add chain ip z i { type filter hook input priority 1; }; add rule ip z i udp dport $PORT drop'"
if attack "a map's name is no command" "\$D/hostile_nft map 'm;include\"$DIR/evil.nft\"'; $RULE"; then
	check "a map's name is no command" bash -c "$(declare -f nft_of); HOSTILE=$HOSTILE; ! nft_of | grep -q pwned"
	check "... and the drop behind it is told" tells '.drop.layer == "netfilter"'
	check "... and waybill ends as it should" ends_well
	hostile_end
fi
if attack "a path in a name is not opened" "\$D/hostile_nft map 'm;include\"$DIR/fifo\"'; $RULE"; then
	# a FIFO that nobody has open for reading refuses a writer that does not wait
	check "a path in a name is not opened" bash -c "! perl -e 'use Fcntl; exit !sysopen(F, \$ARGV[0], O_WRONLY|O_NONBLOCK)' '$DIR/fifo'"
	check "... and waybill ends as it should" ends_well
	hostile_end
fi
if attack "a rule that libnftables asserts on" "\$D/hostile_nft sctp; $RULE"; then
	check "a rule that libnftables asserts on costs no more than texts" tells '.drop.decider.kind == "nft_rule"'
	check "... and waybill ends as it should" ends_well
	hostile_end
fi
for seed in 1 2 3; do
	attack "names of random bytes ($seed)" "\$D/hostile_nft random $seed 40; $RULE" || continue
	check "names of random bytes, seed $seed: JSON stays JSON, and the drop is told" \
		tells '.drop.layer == "netfilter"'
	check "... and waybill ends as it should" ends_well
	hostile_end
done

# --- everything at once: 500 rules, 500 tables, 60 devices, and each command over them ---
SEED=${SEED:-1}
EVERYTHING="\$D/hostile_nft devices $SEED 60; \$D/hostile_rules $SEED 500; \$D/hostile_nft random $SEED 500
	for i in \$(seq 0 59); do echo 1 >\"/proc/sys/net/ipv4/conf/all/forwarding\"; done
	ip addr"
# To an address of each device, to a port that rules look at, and from one device to the other.
# The sender's own name is not one that a terminal should get, either.
MUCH='printf "\033]2;x\007\x9b\xe2\x80\xae" >/proc/$BASHPID/comm; for i in $(seq 0 59); do echo x >/dev/udp/10.99.$i.9/'$PORT'; echo x >/dev/udp/10.99.$i.1/'$PORT'; done; '"$SEND"
# What no terminal takes for a command, and no reader for something else.
plain() { # FILE...
	! LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\x{9b}' "$@" && ! grep -nP '\x{202e}|\x{9b}' "$@" && iconv -f UTF-8 -t UTF-8 "$@" >/dev/null
}
# A name, labels whose values hold no quote that is not escaped, a number.
metrics() {
	plain "$DIR/m.prom" && [ -s "$DIR/m.prom" ] &&
		! grep -vP '^(#.*|[a-z_]+(\{([a-z_]+="([^"\\]|\\["\\n])*",?)*\})? [0-9.e+-]+)$' "$DIR/m.prom"
}
lines_of_json() { jq -c . "$1" >/dev/null && iconv -f UTF-8 "$1" >/dev/null; }
# Nothing was executed but the one tool that has no other interface, no file of the user's opened.
only_opened() {
	! grep -q "\"$DIR/\(evil\|fifo\)" "$DIR/strace" &&
		! grep -E 'execve(at)?\(' "$DIR/strace" | tail -n +2 | grep -vE '"/usr/sbin/ip6?tables-legacy-save"' &&
		! grep -oE 'openat\([^,]*, "[^"]*"' "$DIR/strace" | grep -vE '"/(proc|sys|etc|usr|lib|dev|run/netns|boot)(/|")' | grep -v "\"$DIR/"
}
ends_soon() { ends_within 1000; }
if READY_TENTHS=900 hostile_begin "$EVERYTHING" "$MUCH; sleep 0.5; $MUCH"; then
	REAL=$WAYBILL
	printf '#!/bin/sh\nexec strace -D -f -qq --seccomp-bpf -e trace=execve,execveat,openat -o %s %s "$@"\n' "$DIR/strace" "$REAL" >"$DIR/traced"
	chmod +x "$DIR/traced"
	WAYBILL=$DIR/traced
	start_waybill -j -N $HOSTILE
	touch "$DIR/go"
	within 100 test -e "$DIR/signs/sent"
	sleep 2
	check "it lives among 500 random rules, 500 names and 60 devices" kill -0 "$WAYBILL_PID"
	check "... ends when asked to" ends_soon
	check "... its JSON is JSON" lines_of_json "$DIR/out"
	check "... and it tells what happened" jq -es 'map(select(.type == "journey")) | length > 60' "$DIR/out"
	check "... nothing was executed, and no path opened that a name held" only_opened
	again() { nsenter -t "$HOSTILE" -U -n --preserve-credentials bash -c "$MUCH" 2>/dev/null; }
	opened() { grep -q execve "$DIR/strace" && grep -q '"/proc/' "$DIR/strace" && only_opened; }
	watched() { # COMMAND...: until it is asked to end
		: >"$DIR/strace"
		start_waybill "$@" || return 1
		again
		sleep 1.5
		stop_waybill
		opened
	}
	watched_once() { # COMMAND...: which ends by itself, as the kernel lets it
		: >"$DIR/strace"
		"$WAYBILL" "$@" >"$DIR/out" 2>"$DIR/err"
		opened
	}
	for command in drops flows "record -w $DIR/s.wb" "export --labels rule,program --textfile $DIR/s.prom"; do
		check "... nor by ${command%% *}" watched $command -N $HOSTILE
	done
	check "... nor by stations" watched_once stations -N $HOSTILE
	check "... nor by check" watched_once check
	for dry in "" --dry; do
		check "... nor by send${dry:+ $dry}" watched_once send $dry -N $HOSTILE --in lo "udp 127.0.0.1 > 127.0.0.1:$PORT"
	done
	WAYBILL=$REAL
	tells_plain() { # COMMAND...: what it prints is plain
		start_waybill "$@" || return 1
		again
		sleep 1.5
		ends_soon || return 1
		plain "$DIR/out" "$DIR/err"
	}
	reads_plain() { # COMMAND OPTIONS...
		"$WAYBILL" "$1" -r "$DIR/x.wb" "${@:2}" >"$DIR/out" 2>"$DIR/err" && [ -s "$DIR/out" ] && plain "$DIR/out" "$DIR/err"
	}
	check "trace prints nothing that a terminal obeys" tells_plain trace -N $HOSTILE
	check "... neither in short lines" tells_plain trace --brief -N $HOSTILE
	check "drops" tells_plain drops -N $HOSTILE
	check "... as JSON" tells_plain drops -j -N $HOSTILE
	check "flows" tells_plain flows -N $HOSTILE
	check "record" tells_plain record -w "$DIR/x.wb" -N $HOSTILE
	for form in "read --brief" read "read -v" "drops" "flows" "flows -j" "drops -j" "read -j"; do
		check "$form of its recording" reads_plain $form
	done
	differs_plain() { "$WAYBILL" diff -r "$DIR/x.wb" 1 2 >"$DIR/out" && plain "$DIR/out"; }
	check "diff" differs_plain
	page() { "$WAYBILL" report -r "$DIR/x.wb" -o "$DIR/x.html" && plain "$DIR/x.html"; }
	check "the report is a page of text" page
	no_tags() { ! grep -n '</pre><script' "$DIR/x.html" && [ "$(grep -c '<script' "$DIR/x.html")" -le 1 ]; }
	check "... in which no name is a tag" no_tags
	check "the capture can be read" bash -c "'$WAYBILL' read -r '$DIR/x.wb' -w '$DIR/x.pcapng' >/dev/null 2>&1 && tcpdump -r '$DIR/x.pcapng' >'$DIR/out' 2>'$DIR/err' && [ -s '$DIR/out' ]"
	rm -f "$DIR/m.prom"
	start_waybill export --labels rule,program --textfile "$DIR/m.prom" -N $HOSTILE
	again
	within 600 grep -qs dev= "$DIR/m.prom"
	check "the metrics' page is one" metrics
	stop_waybill
	nsenter -t "$HOSTILE" -U -n --preserve-credentials "$WAYBILL" stations >"$DIR/out" 2>"$DIR/err"
	check "stations prints nothing that a terminal obeys" plain "$DIR/out" "$DIR/err"
	# standard output is a pipe that nobody reads
	mkfifo "$DIR/full"
	# shellcheck disable=SC2217 # it holds it open
	sleep 100 <"$DIR/full" &
	READER=$!
	: >"$DIR/err" # or the line of the run before is taken for this one's
	( "$WAYBILL" -v -N $HOSTILE >"$DIR/full" 2>"$DIR/err" & echo $! >"$DIR/pid")
	WAYBILL_PID=$(cat "$DIR/pid")
	begun() { grep -q '^waybill: tracing' "$DIR/err"; }
	within 300 begun
	for _ in 1 2 3 4 5 6; do again; done
	sleep 1
	check "it ends while its output blocks" ends_soon
	kill $READER
	nothing_made() { [ ! -e /pwned ] && [ ! -e "$DIR/pwned" ] && [ ! -e pwned ]; }
	check "no name was executed" nothing_made
	hostile_end
else
	skip "everything at once" "no user namespaces, or the kernel refuses the set-up: $(head -c 100 "$DIR/hostile")"
	hostile_end
fi

# --- a namespace's number that is given again, and free again, before waybill can ask whose it is ---
number_of() { stat -L -c %i "/run/netns/$1"; }
lives_shortly() { # NAME PORT
	inside "$1" bash -c "ip link set lo up; echo x >/dev/udp/127.0.0.1/$2" 2>/dev/null
}
# Makes namespaces until one has the number: the kernel gives the lowest that is free.
again() { # NUMBER
	for SECOND in T{1..30}; do
		ip netns add "$P$SECOND"
		[ "$(number_of "$P$SECOND")" != "$1" ] || return 0
		sleep 0.1
	done
	return 1
}
ip netns add "${P}S"
NUMBER=$(number_of "${P}S")
start_waybill trace -j -- udp portrange $PORT-$((PORT + 1))
lives_shortly S $PORT
check "a namespace is told by its name" tells ".packet.dport == $PORT and .drop.netns == \"${P}S\""
kill -STOP "$WAYBILL_PID"
ip netns del "${P}S"
if again "$NUMBER"; then
	lives_shortly "$SECOND" $((PORT + 1))
	ip netns del "$P$SECOND"
	kill -CONT "$WAYBILL_PID"
	check "... and one that had its number and is gone is not told by that name" \
		tells ".packet.dport == $((PORT + 1)) and .drop.netns_inum == $NUMBER and (.drop | has(\"netns\") | not)"
	check "... which is said, and no command acts elsewhere" \
		tells ".packet.dport == $((PORT + 1)) and (.why | test(\"could not be read: which network namespace\")) and (.next // \"\" | test(\"ss -\") | not)"
else
	skip "... and one that had its number and is gone is not told by that name" "the number was not given again"
fi
kill -CONT "$WAYBILL_PID"
stop_waybill

# --- what each process keeps of its rights, while it runs ---
rights() { # COMMAND...
	start_waybill "$@" || return 1
	# shellcheck disable=SC2046 # words
	holds_no_more $(threads $(below "$WAYBILL_PID"))
}
for command in "trace" "drops" "flows" "record -w $DIR/r.wb" "export --listen $LISTEN" "export --textfile $DIR/r.prom"; do
	check "$command: no process has more rights than its task" rights $command -- udp port 1
	stop_waybill
done
rights trace -- udp port 1
BROKER=$(pgrep -P "$WAYBILL_PID" | head -1)
check "the broker is its child" [ "$(cat "/proc/$BROKER/comm")" = waybill-broker ]
kill_waybill
gone() { ! kill -0 "$BROKER" 2>/dev/null; }
check "the broker ends with it, also after SIGKILL" within 30 gone

# Whoever reads a recording has none at all before the first byte comes.
mkfifo "$DIR/slow"
for command in read drops flows; do
	"$WAYBILL" $command -r "$DIR/slow" >"$DIR/out" 2>"$DIR/err" &
	READER=$!
	exec 9>"$DIR/slow"
	none() { [ "$(status $READER CapPrm)$(status $READER Seccomp)" = 00000000000000002 ]; }
	check "$command -r has no rights" within 50 none
	exec 9>&-
	wait $READER
done

# Whoever puts packets in, from the first one on.
network router
waybill_in R
for i in $(seq 200); do echo "in r0 udp 10.1.0.1 > 10.2.0.2:$i => transmitted"; done >"$DIR/matrix"
if start_waybill send --matrix "$DIR/matrix"; then
	sender() { SENDER=$(for p in $(below "$WAYBILL_PID"); do grep -lx waybill-send "/proc/$p/comm"; done | cut -d/ -f3); [ "$SENDER" ]; }
	within 50 sender
	narrow() { [ $((0x$(status "$SENDER" CapEff) & ~$(caps net_admin bpf))) = 0 ]; }
	check "send: who puts packets in keeps no more than that takes" within 50 narrow
	# shellcheck disable=SC2046
	check "... and no process has more rights than its task" holds_no_more $(threads $(below "$WAYBILL_PID"))
	stop_waybill
else
	skip "send" "this kernel has no way to put a frame in"
fi
end_of_checks
