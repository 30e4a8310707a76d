#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Many of what a machine may have many of, as TAP: all of it is told, and in time.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbl limits

host A 1 # without IPv6, whose addresses would take longer to come than all of this
many() {
	for i in $(seq 1 1000); do
		echo "link add a$i type veth peer name b$i"
	done
	for i in $(seq 1 1000); do
		echo "link set a$i up"
		echo "link set b$i up"
	done
}
many | A ip -batch - 2>/dev/null
for i in $(seq 1 50); do
	echo "qdisc add dev a$i clsact"
	echo "filter add dev a$i ingress protocol ip u32 match ip dst 10.3.0.0/16 action drop"
done | A tc -batch - 2>/dev/null
devices=$(A ip -j link | jq length)
filters=$(for i in $(seq 1 50); do A tc filter show dev "a$i" ingress; done | grep -c ' fh .* terminal\| fh .* not_in_hw')

# The second attempt is for a machine that does something else, too.
in_time() {
	local begin
	for _ in 1 2; do
		begin=$(date +%s%N)
		A "$WAYBILL" stations -j >"$DIR/stations" 2>"$DIR/err" || return 1
		took=$((($(date +%s%N) - begin) / 1000000))
		[ $took -lt 3000 ] && return
	done
	echo "$took ms"
	return 1
}
has() { # HOW MANY, JQ
	local found
	found=$(jq -s "[.[] | select($2)] | length" "$DIR/stations")
	echo "$found of $1"
	[ "$found" = "$1" ]
}
check "stations of $devices interfaces take less than 3 s" in_time
check "... and nothing could not be read" test ! -s "$DIR/err"
check "... each of them is told" has "$devices" '.kind == "sysctl" and .dev and (.text | test("rp_filter"))'
check "... each qdisc, too" has "$(A tc -j qdisc | jq length)" '.kind == "qdisc"'
check "... and each tc filter" has "$filters" '.kind == "tc_filter"'
mkfifo "$DIR/full"
sleep 100 <>"$DIR/full" & # it holds it open, and reads nothing
HOLDER=$!
ip netns exec "${P}A" "$WAYBILL" stations -j >"$DIR/full" 2>/dev/null &
ASKING=$!
# shellcheck disable=SC2046 # words
narrow_rights() { [ "$(cat "/proc/$ASKING/comm")" = waybill ] && holds_no_more $(threads $(below "$ASKING")); }
check "... and no process has more rights than its task" within 100 narrow_rights
kill $HOLDER
wait $ASKING
alone() {
	A "$WAYBILL" stations -j -i b7 >"$DIR/stations" && has 1 '.kind == "qdisc"' && has 0 '.dev and .dev != "b7"'
}
check "one interface alone is told alone" alone

# Namespaces that come and go: what died there stays in the sums, and the page is there all the time.
PAIRS=${PAIRS:-40}
pair() { # NUMBER
	host "X$1" 1
	host "Y$1" 1
	ip link add v netns "${P}X$1" type veth peer name v netns "${P}Y$1"
	ip -n "${P}X$1" addr add 10.9.0.1/24 dev v
	ip -n "${P}Y$1" addr add 10.9.0.2/24 dev v
	ip -n "${P}X$1" link set v up
	ip -n "${P}Y$1" link set v up
	inside "X$1" ping -qc1 -W5 10.9.0.2 >/dev/null
	inside "X$1" bash -c 'for k in 1 2 3 4 5; do echo x >/dev/udp/10.9.0.2/9999; done' 2>/dev/null
	ip netns del "${P}X$1"
	ip netns del "${P}Y$1"
}
page() { curl -sf --max-time "$1" "http://127.0.0.1:$PORT/metrics" >"$DIR/metrics"; }
layer() { sed -n "s/^waybill_layer_drops_total{layer=\"$1\"} //p" "$DIR/metrics"; }
died() {
	local tries=0
	until page 1 && [ "$(layer socket)" = $((5 * PAIRS)) ]; do
		sleep 0.5
		[ $((tries += 1)) -lt 60 ] || { layer socket; return 1; }
	done
}
series() { awk '/^waybill_drops_total/ {n += $NF} END {exit n != '$((5 * PAIRS))'}' "$DIR/metrics"; }
let_go() { # then its device goes, too, and that at the other end with it
	for _ in $(seq 50); do
		ip -n "${P}Z" link show v >/dev/null 2>&1 || return 0
		sleep 0.02
	done
	return 1
}
ip netns del "${P}A"
start_waybill export --listen "$PORT" --interval 200ms udp port 9999 and net 10.9.0.0/24 || exit 1 # and nobody else's
slow=0
for i in $(seq "$PAIRS"); do
	pair "$i"
	page 1 || slow=$((slow + 1))
done
check "$PAIRS pairs of namespaces that came and went: each datagram is in the sum" died
check "... and in a series" series
check "... each page took less than a second" test "$slow" = 0
# KiB of all its processes, each page of several counted once
held() { for p in $(below "$WAYBILL_PID"); do cat "/proc/$p/smaps_rollup" 2>/dev/null; done | awk '/^Pss:/ {n += $2} END {print n}'; }
in_memory() { echo "$(held) KiB" && [ "$(held)" -lt 131072 ]; }
check "... in less than 128 MiB, all processes together" in_memory
host Z 1
host W 1
ip link add v netns "${P}Z" type veth peer name v netns "${P}W"
sleep 1.5 # so that it is known
ip netns del "${P}W"
check "a namespace that is deleted is let go within a second" let_go
stop_waybill

# More namespaces than there are descriptors for.
for i in $(seq 53); do
	ip netns add "${P}N$i"
done
network router || exit 1
R nft -f - <<-E
	table ip f {
		chain i { type filter hook input priority 0; udp dport $PORT counter drop; }
	}
E
told() {
	: >"$DIR/err" # or the line of the run before is taken for this one's
	(
		ulimit -Sn 1024
		exec timeout 60 "$WAYBILL" trace -j -c 1 udp port "$PORT"
	) >"$DIR/trace" 2>"$DIR/err" &
	until grep -q '^waybill: tracing' "$DIR/err"; do
		sleep 0.2
		kill -0 $! || return 1
	done
	A bash -c "echo x >/dev/udp/10.1.0.254/$PORT"
	wait $!
	cat "$DIR/trace"
	jq -es '.[] | select(.type == "journey") | .drop.station == "nf.input" and .drop.decider.handle > 0' "$DIR/trace"
}
check "53 more namespaces at 1,024 descriptors: a drop at INPUT is told as such" told

# Asked to end, nobody waits longer than a second, whatever was still to be asked, read or told.
everywhere() { # a drop in each
	local i
	for i in $(seq 53); do
		nsenter --net="/run/netns/${P}N$i" bash -c 'ip link set lo up; for k in 1 2 3; do echo x >/dev/udp/127.0.0.1/900$k; done' 2>/dev/null
	done
}
ends_soon() { ends_within 1000; }
left() { said 'asked to end, it left [0-9]* questions to the system unanswered'; }
said() { grep -q "$1" "$DIR/err"; }
for command in trace flows "record -w $DIR/x.wb" drops "export --textfile $DIR/x.prom"; do
	start_waybill $command udp portrange 9001-9003 || exit 1
	everywhere
	check "${command%% *}: it ends within a second of a signal, right after drops in 53 namespaces" ends_soon
done
# Who asks is asked himself, and does not answer.
start_waybill trace udp portrange 9001-9003 || exit 1
BROKER=$(pgrep -P "$WAYBILL_PID" | head -1)
kill -STOP "$BROKER"
everywhere
check "... also while no question has an answer" ends_soon
check "... what was left is said" left
check "... and told as not read" grep -q 'could not be read' "$DIR/out"
# More packets than can be told.
flood() {
	timeout 2 nsenter --net="/run/netns/${P}N1" bash -c 'exec 3>/dev/udp/127.0.0.1/9009; while :; do for i in {1..99}; do echo x >&3; done; done' 2>/dev/null
}
counted() { # events, told or lost
	awk '/ events, /{e = $1; l = $3} /made no journeys of the last/{n = $(NF - 1)} END {exit !(e && l >= n)}' "$DIR/err"
}
start_waybill trace --no-fold udp port 9009 || exit 1
flood
check "... also after more packets than it had time for" ends_soon
check "... each of which is told or counted as lost" counted
catches() { [ $((0x$(status "$WAYBILL_PID" SigCgt) & 2)) != 0 ]; }
for command in trace drops "record -w $DIR/x.wb"; do
	( exec "$WAYBILL" $command >/dev/null 2>"$DIR/err" & echo $! >"$DIR/pid")
	WAYBILL_PID=$(cat "$DIR/pid")
	within 100 catches # what a job in the background ignores otherwise
	check "${command%% *}: and while it starts" ends_soon
done

# Rights that are missing: whoever dropped is told as it is, or not, and what is missing is said.
NEXT=$((PORT + 1)) # other tests use 9000
R nft add chain ip f w '{ type filter hook forward priority 0; }'
R nft add rule ip f w udp dport $PORT-$NEXT counter drop
handle() { R nft -a -j list chain ip f "$1" | jq '[.nftables[].rule.handle // empty][0]'; }
tells() { # PORT COUNT JQ: of the journeys to this port, so many, all are so
	jq -es "map(select(.type == \"journey\" and .packet.dport == $1).drop) | length == $2 and all($3)" "$DIR/out"
}
ended() { ! kill -0 "$WAYBILL_PID" 2>/dev/null; }
under() { # OPTIONS of setpriv, --, those of waybill
	local rights=() ended

	while [ "$1" != -- ]; do
		rights+=("$1")
		shift
	done
	printf '#!/bin/sh\nexec setpriv %s %s "$@"\n' "${rights[*]}" "$REAL" >"$DIR/narrow"
	chmod +x "$DIR/narrow"
	WAYBILL=$DIR/narrow
	start_waybill -j -c 3 "${@:2}" -- udp portrange $PORT-$NEXT and src 10.1.0.1
	A bash -c "echo x >/dev/udp/10.1.0.254/$PORT; echo x >/dev/udp/10.2.0.2/$PORT; echo x >/dev/udp/10.2.0.2/$NEXT"
	within 100 ended
	ended=$?
	WAYBILL=$REAL
	return $ended
}
REAL=$WAYBILL
INPUT=$(handle i)
FORWARD=$(handle w)
by_hook() { # each by the rule of its own hook
	tells $PORT 2 ".decider.handle == (if .station == \"nf.input\" then $INPUT else $FORWARD end)" &&
		tells $NEXT 1 ".station == \"nf.forward\" and .decider.handle == $FORWARD" &&
		jq -es "[.[] | select(.packet.dport? == $PORT).drop.station] | sort == [\"nf.forward\", \"nf.input\"]" "$DIR/out"
}
nobody() { # or candidates
	tells $PORT 2 '.decider == null or .decider.candidates' && tells $NEXT 1 '.decider == null or .decider.candidates'
}
check "--read-only: what dies at hooks without observers ends" under --no-new-privs -- --read-only
check "... and is told by the rule of its own hook" by_hook
check "without CAP_SYSLOG" under --bounding-set -syslog --inh-caps -syslog --
check "... each is told by its rule" by_hook
check "... and that places are not known is said" said 'does not tell where its functions are'
check "with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN alone" under --bounding-set -all,+bpf,+perfmon,+net_admin --inh-caps -all --
check "... nobody is blamed for certain" nobody
check "... and what is missing is said" said 'without CAP_SYS_ADMIN'
end_of_checks
