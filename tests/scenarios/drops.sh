#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The counting test: four layers drop known numbers of datagrams, and "waybill drops" must count
# each once, in its layer, as the kernel's own counters do. Then two interfaces under load, with XDP
# native on one and generic on the other, and the same counted by drops alone. As TAP.
# Usage: drops.sh [g01]; g01: the counting test alone. MODE chooses waybill's mode.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
own_place wbd
network router
ip -n "${P}R" link set dev r0 xdpdrv obj "$OBJ/xdp_drop.o" sec xdp
R tc qdisc add dev r0 clsact
R tc filter add dev r0 ingress bpf da obj "$OBJ/tc_shot_9001.o" sec tc
R nft "add table inet f; add chain inet f in { type filter hook input priority 0; }
add rule inet f in udp dport 9002 counter drop
add chain inet f more { type filter hook prerouting priority 0; }"
# handles that begin like that of the rule
# shellcheck disable=SC2016
R bash -c 'for _ in $(seq 30); do echo "add rule inet f more udp dport 9004 counter"; done | nft -f -'
# other tests run at the same time
own=(-N "${P}A" -N "${P}R" -N "${P}B")
start_waybill drops -j ${MODE:+--mode $MODE} "${own[@]}" udp and host 10.1.0.254 || exit 1
# longer than any machine needs to send all of it
ip netns exec "${P}R" "$TRAFFIC" udp-sink 10.1.0.254 9004 300 >/dev/null &
sink=$!
listens() { R ss -Huln sport = :9004 | grep -q .; }
within 300 listens
for some in 9000:50 9001:30 9002:20 9003:10 9004:5; do
	# shellcheck disable=SC2016
	A bash -c 'for _ in $(seq $2); do echo hello >/dev/udp/10.1.0.254/$1; done' - ${some/:/ } 2>/dev/null
done
sleep 1
stop_waybill
kill "$sink"
last=$(tail -1 "$DIR/out")
is "each packet in one layer" "$(jq -c '[.dropped | .xdp, .tc_in, .netfilter, .socket, add]' <<<"$last")" \
	"[50,30,20,10,110]"
# at any time each that was seen has one outcome
exact='.seen == ([.delivered, .transmitted, .benign, .queued, .unfinished, .never_sent, .dropped[]] | add)'
# what ended in peace was seen, too
is "seen, delivered, lost" "$(jq -c "[.seen - .benign, .delivered, .lost_events]" <<<"$last") $(jq -s "all(.[]; $exact)" "$DIR/out")" \
	"[115,5,0] true"
is "each site's check agrees" "$(jq -c '[.sites[].check.agrees]' <<<"$last")" \
	"[true,true,true,true]"
if [ "${1:-}" = g01 ]; then # a program's time is measured for a second, which is over in a slow machine
	end_of_checks
fi
is "a program's own time is less than the packet's" \
	"$(jq -c '[.sites[] | select(.program_ns) | [.layer, .program_ns < .cost_ns]]' <<<"$last")" \
	'[["xdp",true],["tc_in",true]]'

# Rules of no matter here come and go.
rules() {
	for _ in $(seq 20); do
		R nft "add table inet w; add chain inet w c { type filter hook input priority 9; }
add rule inet w c udp dport 1 drop"
		R nft delete table inet w
	done
}

# load OPTION...: 100,000 packets in a second, half of them into each interface
load() {
	local sent0 sent1
	start_waybill drops -j ${MODE:+--mode $MODE} "${own[@]}" "$@" udp port 9000 || return
	rules &
	A UDP-SEND 10.1.0.254 9000 50000 rate=50000 >"$DIR/sent0" &
	sent1=$(B UDP-SEND 10.2.0.254 9000 50000 rate=50000 | cut -d' ' -f1)
	wait $!
	sent0=$(cut -d' ' -f1 "$DIR/sent0")
	stop_waybill
	last=$(tail -1 "$DIR/out")
	is "two interfaces under load${*:+ $*}" \
		"$(jq -c '[.dropped.xdp, .dropped.netfilter, .lost_events]' <<<"$last")" \
		"[$((sent0 + sent1)),0,0]"
	is "each at its interface" \
		"$(jq -c '[.sites[] | {dev, packets}] | sort_by(.dev)' <<<"$last")" \
		"[{\"dev\":\"r0\",\"packets\":$sent0},{\"dev\":\"r1\",\"packets\":$sent1}]"
	is "by the program there" \
		"$(jq -c '[.sites[] | [.dev, .decider.name, .decider.mode]] | sort' <<<"$last")" \
		'[["r0","xdp_drop","native"],["r1","xdp_drop","generic"]]'
}

ip -n "${P}R" link set dev r1 xdpgeneric obj "$OBJ/xdp_drop.o" sec xdp
load
load -d

# What the router's program sends back is a frame without an sk_buff when the next one drops it.
ip -n "${P}R" link set dev r0 xdpdrv off
ip -n "${P}R" link set dev r0 xdpdrv obj "$OBJ/xdp_tx.o" sec xdp
ip -n "${P}A" link set dev c0 xdpdrv obj "$OBJ/xdp_drop.o" sec xdp
start_waybill drops -j ${MODE:+--mode $MODE} "${own[@]}" || exit 1
A UDP-SEND 10.1.0.254 9000 25 >/dev/null
sleep 1
stop_waybill
last=$(tail -1 "$DIR/out")
is "what no probe sees is seen by a counter" \
	"$(jq -c '[.seen_by_counter[]? | [.dev, .counter, .packets]]' <<<"$last")" \
	'[["c0","ethtool rx_queue_0_xdp_drops",25]]'
is "and in no layer" "$(jq -c '.dropped.xdp' <<<"$last")" 0
ip -n "${P}A" link set dev c0 xdpdrv off
ip -n "${P}R" link set dev r0 xdpdrv off

# A rule for each of a thousand ports: a site each, with a rule and a counter of its own.
thousand_rules m 10000 >"$DIR/rules"
R nft -f "$DIR/rules"
start_waybill drops -j ${MODE:+--mode $MODE} "${own[@]}" || exit 1
A UDP-SEND 10.1.0.254 10000 5000 rate=5000 ports=1000 connect=0 >/dev/null
# asked to end, waybill asks no more questions: all are to be judged before
judged() { [ "$(jq -s 'map(.dropped.netfilter // 0) | add' "$DIR/out" 2>/dev/null)" = 5000 ]; }
within 300 judged
STOP_TENTHS=600 stop_waybill
is "a thousand sites, each by its own rule" "$(tail -1 "$DIR/out" | jq -c '[.sites[] |
	select(.packets == 5 and .check.delta == 5 and .check.agrees) | .decider.handle] | unique | length')" 1000

start_waybill drops -j ${MODE:+--mode $MODE} "${own[@]}" udp || exit 1
for _ in 1 2 3; do
	(B UDP-SINK 0.0.0.0 9005 300 reuse=1 >/dev/null &)
done
three_listen() { [ "$(B ss -Huln sport = :9005 | wc -l)" = 3 ]; }
within 300 three_listen
R RAW-FRAME r1 dst=10.2.0.255 dport=9005 n=7 gap_us=50000
sleep 1
stop_waybill
is "a broadcast for three sockets is one packet" \
	"$(tail -1 "$DIR/out" | jq -c '[.seen, .delivered + .queued]')" "[7,7]"

# A flood from made-up senders, then a scan of ports: more groups than are kept apart, so those that
# come late are told apart by less, and what was dropped is still named as far as that allows.
R nft delete table inet m
R nft add rule inet f in udp dport 20000-29999 counter drop
start_waybill drops -j ${MODE:+--mode $MODE} "${own[@]}" || exit 1
frame dst=10.1.0.254 dport=9002 src=172.16.0.0 srcs=5000 n=5000
A UDP-SEND 10.1.0.254 20000 5000 ports=2500 connect=0 rate=5000 >/dev/null
sleep 1
STOP_TENTHS=600 stop_waybill
last=$(tail -1 "$DIR/out")
is "a flood from many senders is its rule's" \
	"$(jq -c '[.sites[] | select(.decider.rule // "" | contains("9002")) | .packets, .check.agrees]' \
		<<<"$last")" "[5000,true]"
is "a scan of many ports is that of the rules that can have dropped it" \
	"$(jq -c '[.sites[] | select(.layer == "netfilter" and (.decider.rule // "" | contains("9002") | not)) |
		[.check.agrees, (.decider.candidates // [] | length)]] | sort' <<<"$last") $(jq .dropped.netfilter <<<"$last")" \
	"[[null,2],[true,0]] 10000"

# More than can be followed: only drops are counted then, and still each of them, also those that come
# right behind a packet that this CPU follows (the answer of the one who knows the way).
ip -n "${P}R" link set dev r0 xdpdrv obj "$OBJ/xdp_drop.o" sec xdp
start_waybill drops -j ${MODE:+--mode $MODE} -N "${P}R" || exit 1
ip -n "${P}A" neigh flush dev c0
sent=$(A UDP-SEND 10.1.0.254 9000 100000000 seconds=2 | cut -d' ' -f1)
sleep 0.5
stop_waybill
last=$(tail -1 "$DIR/out")
if jq -e .drops_only_ns <<<"$last" >/dev/null; then
	is "too many to follow" "$(jq -c '[.dropped.xdp, .lost_events, .drops_only_ns < .interval_ns]' \
		<<<"$last")" "[$sent,0,true]"
	is "they are one site" \
		"$(jq -c '[.sites[] | select(.layer == "xdp") | [.decider.name, .check.agrees]]' \
			<<<"$last")" '[["xdp_drop",true]]'
else
	skip "too many to follow" "$sent packets in 2 s were not too many"
	skip "they are one site" "the same"
fi
end_of_checks
