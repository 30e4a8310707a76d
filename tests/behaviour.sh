#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# How waybill behaves as a program, as TAP: exit codes, leaving nothing behind, side by side, losses.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbh

# Exit code of a run, its standard error in $DIR/err.
code() { timeout 20 "$WAYBILL" "${@:2}" >"$DIR/out" 2>"$DIR/err"; [ $? = "$1" ]; }
one_line() { [ "$(wc -l <"$DIR/err")" = 1 ]; }

check "--help is no error" code 0 --help
check "--version is no error" code 0 -V
check "a command's --help is no error" code 0 trace --help
check "an unknown option is exit 2" code 2 trace --jsno
check "... and says so in one line" one_line
check "... with the option that was meant" grep -q -- '--json' "$DIR/err"
check "a wrong filter is exit 2" code 2 'tcp prot 80'
check "... and says so in one line" one_line
check "a wrong time is exit 2" code 2 --duration 5parsec
check "an unknown namespace is exit 2" code 2 -N no-such-namespace
check "an unknown mode is exit 2" code 2 --mode telepathy
check "a word too many is exit 2" code 2 check everything
check "a value given twice is exit 2" code 2 -c 5 -c 6
check "no packets are no count" code 2 -c 0
check "a time without its unit is exit 2" code 2 --duration 5
check "a file that is no namespace is exit 2" code 2 -N /etc/passwd
check "an unknown reason is exit 2" code 2 --expect dropped:nf.forward:NETFILTER_DRPO
check "... and the one that was meant is said" grep -q NETFILTER_DROP "$DIR/err"
check "an option of another command is exit 2" code 2 drops --textfile x
check "... and whose it is is said" grep -q "'waybill export'" "$DIR/err"
check "a command that is none is exit 2" code 2 drop udp
check "... and the one that was meant is said" grep -q "'waybill drops'" "$DIR/err"
check "help is help" code 0 help
check "a metrics file that can't be written is exit 1 at the start" code 1 export --textfile /no/such/dir/x
full() { "$WAYBILL" "$@" >/dev/full 2>"$DIR/err"; [ $? = 1 ] && grep -q 'No space left' "$DIR/err"; }
for command in --help --version explain check stations 'drops --duration 100ms' 'trace --help'; do
	# shellcheck disable=SC2086 # words of one command
	check "a full disk is exit 1: $command" full $command
done
check "root of a user namespace alone is told so" bash -c "! unshare -Ur '$WAYBILL' udp 2>'$DIR/err'; grep -q 'user namespace only' '$DIR/err'"
check "an interface that is not there yet is no error" code 0 -i no-such-if udp port 1 --duration 100ms
check "... but said" grep -q 'no such interface yet' "$DIR/err"
check "not root is exit 1" bash -c "setpriv --reuid=65534 --clear-groups '$WAYBILL' udp >'$DIR/out' 2>'$DIR/err'; [ \$? = 1 ]"
check "... and names what is missing in one line" bash -c "[ \$(wc -l <'$DIR/err') = 1 ] && grep -q CAP_ '$DIR/err'"
# The bounding set is all that root gets at exec.
with_caps() { # CAPABILITIES, as setpriv has them; a short trace
	setpriv --bounding-set="-all$1" timeout 60 "$WAYBILL" --duration 100ms -- udp port 1 \
		>"$DIR/out" 2>"$DIR/err"
}
check "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN alone are enough" with_caps ,+bpf,+perfmon,+net_admin
check "... and what needs CAP_SYS_ADMIN is said" grep -q 'without CAP_SYS_ADMIN' "$DIR/err"
for cap in bpf perfmon net_admin; do
	rest=,+bpf,+perfmon,+net_admin
	check "without CAP_${cap^^} it does not start" bash -c "$(declare -f with_caps); ! WAYBILL='$WAYBILL' DIR='$DIR' with_caps '${rest/,+$cap/}'"
	check "... and says that exactly this one is missing" bash -c "grep -q 'missing: CAP_${cap^^} (' '$DIR/err' && [ \$(grep -o CAP_ '$DIR/err' | wc -l) = 1 ]"
done
check "explain knows a reason" code 0 explain NO_SOCKET
check "explain refuses nonsense" code 2 explain NO_SUCH_REASON
check "check prints every station" bash -c "'$WAYBILL' check | grep -q 'nf.postrouting'"

network router
# The ids of what a waybill holds, so that another one running beside this test is no matter.
held() { cat "/proc/$1/fdinfo/"* 2>/dev/null | awk '$1 == "prog_id:" {print $2}' | sort -u; }
no_program() { ! bpftool prog show id "$1" >/dev/null 2>&1; }
gone() { # ID ...
	local id
	for id in "$@"; do
		within 50 no_program "$id" || return
	done
}

# A reader that reads nothing: the pipe is full, and waybill waits for it.
unread() { # SIGNAL
	local fifo=$DIR/fifo reader pid t rc=1
	rm -f "$fifo"
	mkfifo "$fifo"
	bash -c 'exec sleep 60' <"$fifo" &
	reader=$!
	: >"$DIR/err" # or the line of the run before is taken for this one's
	"$WAYBILL" -j -vv --no-fold -- udp port $PORT >"$fifo" 2>"$DIR/err" &
	pid=$!
	if within 100 grep -q tracing "$DIR/err"; then
		A UDP-SEND 10.2.0.2 $PORT 300 >/dev/null
		sleep 2
		t=$(date +%s%N)
		kill -s "$1" $pid
		wait $pid
		rc=$?
		[ $((($(date +%s%N) - t) / 1000000)) -lt 1500 ] || rc=slow
	fi
	kill $pid $reader 2>/dev/null
	wait $reader 2>/dev/null
	[ $rc = 0 ]
}
for signal in INT TERM HUP; do
	check "SIG$signal ends it while nobody reads what it prints" unread $signal
done
check "--until-exit ends with its command, whose failure is said" bash -c "timeout 20 '$WAYBILL' --until-exit 'exit 3' udp 2>'$DIR/err' && grep -q 'exited with 3' '$DIR/err'"
R nft "add table ip accepts; add chain ip accepts i { type filter hook input priority 0; policy drop; }; add rule ip accepts i udp dport $PORT counter accept"
check "-v names the rule that let a packet pass" bash -c "timeout 20 '$WAYBILL' -v --until-exit \"ip netns exec ${P}A bash -c 'echo x >/dev/udp/10.1.0.254/$PORT'\" udp port $PORT >'$DIR/out' 2>'$DIR/err'; grep -q 'INPUT *accept *.*nft ip accepts i handle' '$DIR/out'"
R nft delete table ip accepts

start_waybill trace -j -- udp port $PORT
A UDP-SEND 10.2.0.2 $PORT 1 >/dev/null
mapfile -t ids < <(held "$WAYBILL_PID")
check "a running waybill holds programs" [ ${#ids[@]} -gt 10 ]
kill_waybill
check "kill -9 leaves no program behind" gone "${ids[@]}"

start_waybill trace -j -- udp port $PORT
first=$WAYBILL_PID
cp "$DIR/err" "$DIR/err1"
mkdir -p "$DIR/second"
ended() { ! kill -0 "$WAYBILL_PID" 2>/dev/null; }
(DIR=$DIR/second; start_waybill trace -j --duration 3s -- udp port $PORT; A UDP-SEND 10.2.0.2 $PORT 3 connect=0 >/dev/null; within 200 ended)
WAYBILL_PID=$first stop_waybill
journeys() { jq -s '[.[] | select(.type == "journey" and .outcome == "dropped")] | length' "$1"; }
check "the first of two sees all packets" [ "$(journeys "$DIR/out")" = 3 ]
check "the second of two sees all packets" [ "$(journeys "$DIR/second/out")" = 3 ]

# Nobody listens: each datagram is one dropped journey, or its events are reported as lost.
start_waybill trace -j -- udp port $PORT
read -r sent _ < <(A UDP-SEND 10.2.0.2 $PORT 2000 rate=5000 connect=0)
told() { [ "$(journeys "$DIR/out" 2>/dev/null)" = "$1" ]; } # asked to end, it leaves what it can't tell in time
within 100 told 2000
stop_waybill
sum() { jq -s 'map(select(.type == "summary"))[0] | '"$1" "$DIR/out"; }
check "2000 packets are 2000 journeys" [ "$(journeys "$DIR/out") $sent" = "2000 2000" ]
check "... and nothing is lost" [ "$(sum .lost_events)" = 0 ]
echo "# $(journeys "$DIR/out") journeys, summary: $(jq -c 'select(.type == "summary")' "$DIR/out")"

start_waybill trace -j --buffer 4k -- udp port $PORT
A UDP-SEND 10.2.0.2 $PORT 20000 >/dev/null
sleep 1
stop_waybill
check "a tiny ring loses events and counts them" [ "$(sum .lost_events)" -gt 0 ]
check "journeys with gaps say so" bash -c "jq -e 'select(.gap == true)' '$DIR/out' | head -1 | grep -q ."

start_waybill trace -- udp port 1
A UDP-SEND 10.2.0.2 $PORT 1 >/dev/null
stop_waybill
check "a filter that matches none of the packets that pass says so" grep -q '^packets passed, but none' "$DIR/err"

# Only the MAC header is linear, the rest in pages beside it; 6.12 and later can read that.
if printf '%s\n' 6.12 "$(uname -r)" | sort -VC; then
	start_waybill trace -j -N "${P}A" -N "${P}R" -N "${P}B" -- udp dst port $PORT
	A RAW-FRAME c0 ring=1 n=3 "dmac=$(mac R r0)" src=10.1.0.1 dst=10.2.0.2 sport=5 dport=$PORT
	A RAW-FRAME c0 ring=1 n=2 "dmac=$(mac R r0)" src=10.1.0.1 dst=10.2.0.2 sport=5 dport=9
	sleep 0.5
	stop_waybill
	check "headers beside the linear data are read" [ "$(journeys "$DIR/out")" = 3 ]
	check "... from the sender on" [ "$(jq -r 'select(.type == "journey") | "\(.steps[0].netns) \(.packet.sport) \(.drop.station)"' "$DIR/out" | grep -c "^${P}A 5 udp$")" = 3 ]
else
	skip "headers beside the linear data are read" "before 6.12 nothing can read them"
fi

CG=$(cgroup_root)/$P # which clean_network takes away
in_cgroup() { # COMMAND...
	bash -c 'echo $$ >"$0"/cgroup.procs && exec "$@"' "$CG" "$@"
}
if [ -n "$(cgroup_root)" ] && mkdir "$CG" 2>"$DIR/why"; then
	below=$(in_cgroup sed -n 's/^0:://p' /proc/self/cgroup)
	start_waybill trace -j --cgroup "$below" -- udp dst portrange $PORT-$((PORT + 1))
	sends() { # PORT COMMAND...
		"${@:2}" ip netns exec "${P}A" bash -c "echo x >/dev/udp/10.2.0.2/$1; sleep 1"
	}
	sends $PORT env
	sends $((PORT + 1)) in_cgroup
	stop_waybill
	check "--cgroup knows whose packets are a process's in it" \
		[ "$(jq -r 'select(.type == "journey") | .packet.dport' "$DIR/out")" = $((PORT + 1)) ]
else
	skip "--cgroup knows whose packets are a process's in it" "no cgroup v2 here"
fi

start_waybill trace -j -- udp port $PORT
ip netns del "${P}B"
A UDP-SEND 10.2.0.2 $PORT 3 connect=0 >/dev/null
sleep 0.5
stop_waybill
check "a namespace that vanishes is no error" [ "$(sum .lost_events)" = 0 ]
end_of_checks
