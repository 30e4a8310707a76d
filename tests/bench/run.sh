#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What waybill costs, as JSON lines. Needs root; makes namespaces of its own and removes them.
#   start     exec to its "tracing" line                 against one small program loaded and attached
#   untraced  packets a second, a filter matches none    against the same without waybill
#   untraced_floor  the same with empty programs where waybill has its own: what looking at a
#             packet costs on this kernel, whoever looks
#   traced    BPF time for one event                     against a program with one ring buffer record
#   no_loss   events lost, every packet traced           ratio: journeys to packets sent
#   drops_xdp, drops_nft    packets a second, all dropped by XDP on veth, by nftables, while
#             "drops -d" counts them                     against the same without
#   drops_sites  the same, dropped by 1,000 rules in turn: ratio to that of one rule
#   drops_xdp_all, drops_nft_all    the same, while "drops" counts, after a second in which it finds
#             out that they are too many to follow each
#   NAME_start, NAME_untraced    the same two of pwru and nettrace, where they are on the PATH
#   memory    its RSS with 100,000 packets on their way  against its RSS with none
# Usage: tests/bench/run.sh [NAME...]; ROUNDS, SECONDS_EACH, RATE, LIVE change the size.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
own_place wbb
ROUNDS=${ROUNDS:-5}
SECONDS_EACH=${SECONDS_EACH:-2}
RATE=${RATE:-50000}
LIVE=${LIVE:-100000}

# shellcheck disable=SC2046,SC2317
finish() {
	kill -9 $(jobs -p) 2>/dev/null
	leave
}
trap finish EXIT

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# bench NAME VALUE UNIT BASELINE RATIO
say() {
	jq -nc --arg b "$1" --argjson v "$2" --arg u "$3" --argjson l "$4" --argjson r "$5" \
		'{bench:$b,value:$v,unit:$u,baseline:$l,ratio:$r}'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b ? a / b : 0 }'; }
ms_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", (b - a) * 1000 }'; }

bench_start() {
	local i t line fd v base
	v=$(for i in $(seq "$ROUNDS"); do
		t=$EPOCHREALTIME
		exec {fd}< <(exec "$WAYBILL" -- udp port 1 2>&1 >/dev/null)
		while read -r -u "$fd" line; do
			case $line in "waybill: tracing"*) break ;; esac
		done
		ms_since "$t"
		echo
		kill -INT $!
		exec {fd}<&-
		wait $! 2>/dev/null
	done | median)
	base=$(for i in $(seq "$ROUNDS"); do
		t=$EPOCHREALTIME
		"$OBJ/bpf_stats" --floor true >/dev/null
		ms_since "$t"
		echo
	done | median)
	say start "$v" ms "$base" "$(ratio "$v" "$base")"
}

# Each is asked for packets that there are none of: name, the line when it is ready, how it is called.
peers=(
	"pwru|Listening for events|pwru --output-tuple udp port 1"
	"nettrace|begin trace|nettrace -p udp --port 1"
)

# start_peer READY COMMAND...: returns when it is ready; 1: it ended before.
start_peer() {
	local ready=$1 i
	shift
	"$@" >"$DIR/peer" 2>&1 &
	PEER=$!
	for i in $(seq 3000); do
		grep -q "$ready" "$DIR/peer" && return
		kill -0 "$PEER" 2>/dev/null || return 1
		sleep 0.02
	done
	return 1
}

bench_peers() {
	local row name ready command t on off
	sink
	pps >/dev/null
	for row in "${peers[@]}"; do
		IFS='|' read -r name ready command <<<"$row"
		type -P "$name" >/dev/null || continue
		rm -f "$DIR"/peer_*
		for _ in $(seq "$ROUNDS"); do
			pps >>"$DIR/peer_off"
			t=$EPOCHREALTIME
			# shellcheck disable=SC2086
			start_peer "$ready" $command || { echo "bench: $name does not start here" >&2; break; }
			ms_since "$t" >>"$DIR/peer_start"
			echo >>"$DIR/peer_start"
			pps >>"$DIR/peer_on"
			kill -INT "$PEER"
			wait "$PEER" 2>/dev/null
		done
		[ -s "$DIR/peer_on" ] || continue
		t=$(median <"$DIR/peer_start")
		off=$(median <"$DIR/peer_off")
		on=$(median <"$DIR/peer_on")
		say "${name}_start" "$t" ms "$t" 1
		say "${name}_untraced" "$on" pps "$off" "$(ratio "$on" "$off")"
	done
}

# Reads what is sent to 10.1.0.254 9000 until the end of this bench.
sink() {
	ip netns exec "${P}R" "$TRAFFIC" udp-sink 10.1.0.254 9000 300 >/dev/null &
	SINK_PID=$!
	sleep 0.3
}

to=() # more words of where to
pps() {
	A UDP-SEND 10.1.0.254 9000 100000000 seconds="$SECONDS_EACH" "${to[@]}" | awk '{ printf "%d\n", $1 / $2 }'
}

bench_untraced() {
	local i off on
	sink
	pps >/dev/null
	for i in $(seq "$ROUNDS"); do
		pps >>"$DIR/off"
		start_waybill -j -- udp port 1 || return
		pps >>"$DIR/on"
		stop_waybill
	done
	off=$(median <"$DIR/off")
	on=$(median <"$DIR/on")
	say untraced "$on" pps "$off" "$(ratio "$on" "$off")"
}

# Empty programs at the tracepoints that waybill has here, and at the netfilter hooks if it is there.
start_empty() {
	local fd line nf
	nf=$(jq -r '.probes[] | select(.name == "nf" and .how == "own observer") | "--netfilter"' \
		"$DIR/check")
	# shellcheck disable=SC2046
	exec {fd}< <(exec ip netns exec "${P}A" "$OBJ/empty_probes" $nf \
		$(jq -r '.probes[] | select(.how == "tracepoint").name' "$DIR/check"))
	EMPTY=$!
	read -r -u "$fd" line && [ "$line" = ready ] || return
	exec {fd}<&-
	[ -z "$nf" ] && return
	exec {fd}< <(exec ip netns exec "${P}R" "$OBJ/empty_probes" "$nf")
	EMPTY="$EMPTY $!"
	read -r -u "$fd" line && [ "$line" = ready ]
	exec {fd}<&-
}

bench_untraced_floor() {
	local off on
	"$WAYBILL" check -j >"$DIR/check"
	sink
	pps >/dev/null
	for _ in $(seq "$ROUNDS"); do
		pps >>"$DIR/floor_off"
		start_empty || return
		pps >>"$DIR/floor_on"
		# shellcheck disable=SC2086
		kill $EMPTY
	done
	off=$(median <"$DIR/floor_off")
	on=$(median <"$DIR/floor_on")
	say untraced_floor "$on" pps "$off" "$(ratio "$on" "$off")"
}

# What the kernel measured of the BPF programs that process $1 holds: ns, runs, name.
run_times() {
	sed -n 's/^prog_id:[[:space:]]*//p' /proc/"$1"/fdinfo/* 2>/dev/null | sort -u | while read -r id; do
		bpftool -j prog show id "$id"
	done | jq -r 'select(.run_cnt > 0) | "\(.run_time_ns) \(.run_cnt) \(.name)"'
}

bench_traced() {
	local cost ns events base real
	sink
	base=$("$OBJ/bpf_stats" --floor \
		ip netns exec "${P}A" "$TRAFFIC" udp-send 10.1.0.254 9000 20000 rate=10000 | tail -n 1)
	real=$WAYBILL
	WAYBILL="$OBJ/bpf_stats" start_waybill "$real" -j -- udp port 9000 || return
	A UDP-SEND 10.1.0.254 9000 20000 rate=10000 >/dev/null
	run_times "$WAYBILL_PID" | sort -rn >"$DIR/programs"
	ns=$(awk '{ s += $1 } END { printf "%d", s }' "$DIR/programs")
	stop_waybill
	events=$(tail -n 1 "$DIR/out" | jq .events)
	cost=$(awk -v a="$ns" -v b="${events:-0}" 'BEGIN { printf "%.1f", b ? a / b : 0 }')
	say traced "$cost" ns/event "$base" "$(ratio "$cost" "$base")"
	[ -z "${VERBOSE:-}" ] || sed 's/^/# /' "$DIR/programs" >&2
}

bench_no_loss() {
	local sent journeys lost
	sink
	"$WAYBILL" -j -- udp port 9000 2>"$DIR/err" > >(tail -n 1 >"$DIR/summary") &
	WAYBILL_PID=$!
	for _ in $(seq 100); do
		grep -q '^waybill: tracing' "$DIR/err" && break
		sleep 0.1
	done
	sent=$(A UDP-SEND 10.1.0.254 9000 $((RATE * 10)) rate="$RATE" | cut -d' ' -f1)
	sleep 1
	stop_waybill
	sleep 0.5
	lost=$(jq .lost_events "$DIR/summary")
	journeys=$(jq '[.journeys[]] | add' "$DIR/summary")
	say no_loss "$lost" events_lost "$sent" "$(ratio "$journeys" "$sent")"
}

# with_drops NAME [OPTION]: packets a second that die on the way, with and without "drops"; in
# turn, so that both see the same machine.
with_drops() {
	local name=$1 off on i
	shift
	rm -f "$DIR/off" "$DIR/on"
	pps >/dev/null
	for i in $(seq "$ROUNDS"); do
		pps >>"$DIR/off"
		start_waybill drops -j "$@" || return
		SECONDS_EACH=1 pps >/dev/null
		pps >>"$DIR/on"
		stop_waybill
	done
	off=$(median <"$DIR/off")
	on=$(median <"$DIR/on")
	say "$name" "$on" pps "$off" "$(ratio "$on" "$off")"
}

xdp_drop() {
	ip -n "${P}R" link set dev r0 xdpdrv obj "$OBJ/xdp_drop.o" sec xdp
	with_drops "$@"
	ip -n "${P}R" link set dev r0 xdpdrv off
}

nft_drop() {
	R nft "add table inet f; add chain inet f in { type filter hook input priority 0; }
add rule inet f in udp dport 9000 counter drop"
	with_drops "$@"
	R nft delete table inet f
}

# A rule for each of 1,000 ports, found without looking at the others.
bench_drops_sites() {
	thousand_rules f 9000 >"$DIR/rules"
	R nft -f "$DIR/rules"
	to=(ports=1 connect=0)
	with_drops drops_one_site -d >"$DIR/one"
	to=(ports=1000 connect=0)
	with_drops drops_sites -d >"$DIR/all"
	to=()
	R nft delete table inet f
	jq -sc '.[1].ratio = (.[1].ratio / .[0].ratio * 1000 | round / 1000) | .[1]' "$DIR"/{one,all}
}

bench_drops_xdp() { xdp_drop drops_xdp -d; }
bench_drops_nft() { nft_drop drops_nft -d; }
bench_drops_xdp_all() { xdp_drop drops_xdp_all; }
bench_drops_nft_all() { nft_drop drops_nft_all; }

rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$WAYBILL_PID/status"; }

# They wait in a slow queue behind the router: there no socket limits how many there are.
bench_memory() {
	local before after
	R tc qdisc add dev r1 root tbf rate 8kbit burst 2000 limit 200mb
	start_waybill -j -- udp port 9000 || return
	before=$(rss_kb)
	A UDP-SEND 10.2.0.2 9000 "$LIVE" rate=20000 >/dev/null
	sleep 0.2
	after=$(rss_kb)
	kill_waybill
	R tc qdisc del dev r1 root
	say memory "$after" KiB "$before" "$(ratio "$after" "$before")"
}

[ -x "$WAYBILL" ] && [ -x "$TRAFFIC" ] || { echo "bench: make all tools first" >&2; exit 1; }
network router
[ $# -gt 0 ] || set -- start untraced untraced_floor peers traced no_loss drops_xdp drops_nft drops_sites \
	drops_xdp_all drops_nft_all memory
for b in "$@"; do
	SINK_PID=
	"bench_$b"
	[ -n "$SINK_PID" ] && kill "$SINK_PID" 2>/dev/null && wait "$SINK_PID" 2>/dev/null
done
exit 0
