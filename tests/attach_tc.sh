#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# --attach tc:, as TAP: by links, or before 6.6 by filters, of which nothing may stay however waybill
# ends, and which leave everybody else's alone. The rest of --attach: attach.sh.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbt
network router
waybill_in R

send() { A UDP-SEND 10.1.0.254 9000 3 connect=0 >/dev/null; }
trace() { # OPTIONS..., three datagrams meanwhile
	start_waybill trace -j ${MODE:+--mode $MODE} "$@" -N "${P}R" udp port 9000 || return
	send
	sleep "${SETTLE:-0.5}"
	stop_waybill
}
journeys() { jq -c "select(.type == \"journey\") | select($1)" "$DIR/out" | wc -l; }
filters() { # all that stands at r0 and is waybill's
	for side in ingress egress; do
		ip netns exec "${P}R" tc filter show dev r0 $side | grep own_tc
	done
}
holds() { ip netns exec "${P}R" tc filter show dev r0 ingress | grep -q "$1"; }
nothing_left() { [ -z "$(filters)" ]; }
no_qdisc() { ! ip netns exec "${P}R" tc qdisc show dev r0 | grep -q clsact; }

trace --attach tc:r0
check "packets are seen at tc, behind rx" [ "$(journeys '[.steps[].station] | join(" ") | test("rx tc.in")')" = 3 ]
check "nothing stays" nothing_left
check "... no qdisc either" no_qdisc

start_waybill trace ${MODE:+--mode $MODE} --attach tc:r0 udp
kill_waybill
check "nothing stays after kill -9" within 50 nothing_left
check "... no qdisc either" within 50 no_qdisc

ip netns exec "${P}R" tc qdisc add dev r0 clsact
ip netns exec "${P}R" tc filter add dev r0 ingress bpf da obj "$OBJ/tc_shot.o" sec tc
trace --attach tc:r0
check "somebody else's filter still drops, and is the decider" [ "$(journeys '.drop.decider | .kind == "tc_program" and .name == "tc_shot"')" = 3 ]
check "nothing of waybill's stays" nothing_left
check "... and the other one does" holds tc_shot
start_waybill trace ${MODE:+--mode $MODE} --attach tc:r0 udp
kill_waybill
check "nothing of waybill's stays after kill -9" within 50 nothing_left
check "... and the other one does" holds tc_shot

start_waybill trace ${MODE:+--mode $MODE} --attach tc:r1 udp
if ip netns exec "${P}R" tc qdisc show dev r1 | grep -q clsact; then
	ip netns exec "${P}R" tc filter add dev r1 egress bpf da obj "$OBJ/tc_shot.o" sec tc
	stop_waybill
	filters=$(ip netns exec "${P}R" tc filter show dev r1 egress)
	check "a filter that somebody added to waybill's qdisc stays" grep -q tc_shot <<<"$filters"
	check "... alone" bash -c "! grep -q own_tc" <<<"$filters"
else
	stop_waybill
	skip "a filter that somebody added to waybill's qdisc stays" "there is none, but links"
fi
end_of_checks
