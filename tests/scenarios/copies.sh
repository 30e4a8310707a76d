#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A packet that becomes several: a bridge floods it to N hosts, and each copy has a fate of its own,
# which trace tells and drops counts. As TAP. Usage: copies.sh [N]; MODE chooses waybill's mode.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
own_place wbc
HOSTS=${1:-4}
NET=10.77.0
GROUP=239.7.7.7
last=H$HOSTS

bridge_of_hosts() {
	host R 1
	ip -n "${P}R" link add br0 type bridge mcast_snooping 0
	ip -n "${P}R" link set br0 up
	for h in S $(seq -f H%g "$HOSTS"); do
		host "$h" 1
		ip link add e0 netns "$P$h" type veth peer name "p$h" netns "${P}R"
		ip -n "$P$h" addr add "$NET.$(address_of "$h")/24" brd + dev e0
		ip -n "$P$h" link set e0 up
		ip -n "${P}R" link set "p$h" master br0 up
	done
}
address_of() { case $1 in S) echo 1 ;; *) echo $((10 + ${1#H})) ;; esac; }

# To a host whose neighbour entry the sender has, and whose MAC address the bridge has not.
unknown() { # HOST
	local m
	m=$(mac "$1" e0)
	ip -n "${P}S" neigh replace "$NET.$(address_of "$1")" lladdr "$m" dev e0
	inside R bridge fdb del "$m" dev "p$1" master 2>/dev/null
}
send() { inside S UDP-TRY "$@" size=6 connect=0 >/dev/null; } # ADDRESS PORT OPTION...

bridge_of_hosts
inside "$last" nft 'add table inet f; add chain inet f in { type filter hook input priority 0; }
add rule inet f in udp dport 9000 counter drop'
every=()
for h in R S $(seq -f H%g "$HOSTS"); do every+=(-N "$P$h"); done
[ "${#every[@]}" -le 16 ] || every=() # so many can be named

# told PORT JQ: what JQ says of the journeys to that port, as one list
told() { jq -cs "[.[] | select(.type == \"journey\" and .packet.dport == $1)] | $2" "$DIR/trace"; }
all_traffic() {
	unknown "$last"
	send "$NET.$((10 + HOSTS))" 9000
	sleep 0.3
	unknown "$last"
	send "$NET.$((10 + HOSTS))" 9001
	sleep 0.3
	send "$NET.255" 9000 broadcast=1
	sleep 0.3
	send "$GROUP" 9002
	sleep 3
}
all_told() { [ "$(grep -c '"type":"journey".*"dport":9002' "$DIR/out")" -ge "$HOSTS" ]; }
listener() { # HOST ADDRESS PORT
	ip netns exec "$P$1" "$TRAFFIC" udp-sink "$2" "$3" 300 >/dev/null &
	listeners+=($!)
	listens() { inside "$1" ss -Huln "sport = :$2" | grep -q .; }
	within 300 listens "$1" "$3"
}
listeners=()
ip -n "${P}S" route add "$GROUP" dev e0
ip -n "${P}H1" addr add "$GROUP/32" dev e0 autojoin
listener H1 "$GROUP" 9002
listener H2 "$NET.255" 9000

start_waybill trace -a -j ${MODE:+--mode $MODE} "${every[@]}" udp and net 10.77.0.0/24 and greater 0 ||
	exit 1
all_traffic
within 200 all_told
stop_waybill
cp "$DIR/out" "$DIR/trace"
drop='select(.outcome == "dropped") | [.drop.layer, .drop.reason, (.drop.netns | sub("'"$P"'"; ""))]'
others='[.[] | select(.outcome == "benign")] | length'
is "flooded: the addressee's rule drops its copy, nobody else loses any" \
	"$(told 9000 "map(select(.packet.dst != \"$NET.255\")) | [(length), ($others), ([.[] | $drop])]")" \
	"[$HOSTS,$((HOSTS - 1)),[[\"netfilter\",\"NETFILTER_DROP\",\"$last\"]]]"
is "each copy has a link to the packet" \
	"$(told 9000 "map(select(.packet.dst != \"$NET.255\")) | [([.[] | select(.links)] | length), ([.[] | .links[]? | [.how, .id]] | unique | length)]")" \
	"[$((HOSTS - 1)),1]"
is "flooded: the addressee has no socket for it" \
	"$(told 9001 "[.[] | $drop]")" "[[\"socket\",\"NO_SOCKET\",\"$last\"]]"
is "a broadcast: one rule drops, one process reads, nobody else is harmed" \
	"$(told 9000 "map(select(.packet.dst == \"$NET.255\")) | [([.[] | $drop]), ([.[] | select(.outcome == \"delivered\")] | length), ([.[] | select(.outcome == \"unfinished\")] | length)]")" \
	"[[[\"netfilter\",\"NETFILTER_DROP\",\"$last\"]],1,0]"
is "to a group: one host has joined it" \
	"$(told 9002 "[.[] | .outcome] | [(map(select(. == \"delivered\")) | length), (map(select(. == \"dropped\")) | length)]")" \
	"[1,0]"

inside S ip neigh flush dev e0
start_waybill trace -j ${MODE:+--mode $MODE} "${every[@]}" udp port 9001 || exit 1
send "$NET.$((10 + HOSTS))" 9001
refused() { grep -q NO_SOCKET "$DIR/out"; }
within 200 refused
stop_waybill
is "the question for its next hop goes to every host, and is not what was asked for" \
	"$(jq -cs '[.[] | select(.type == "journey") | .packet.proto]' "$DIR/out")" '["udp"]'

start_waybill drops -j ${MODE:+--mode $MODE} "${every[@]}" udp and net 10.77.0.0/24 || exit 1
all_traffic
stop_waybill
exact='.seen == ([.delivered, .transmitted, .benign, .queued, .unfinished, .never_sent, .dropped[]] | add)'
counted=$(tail -1 "$DIR/out")
is "drops: each lost copy once, and no other" \
	"$(jq -c '[.dropped.netfilter, .dropped.socket, (.dropped | add), .delivered]' <<<"$counted")" "[2,1,3,2]"
is "drops: each that was seen has one outcome, at any time" "$(jq -cs "all(.[]; $exact)" "$DIR/out")" true
is "drops: as many were seen as there are copies" "$(jq -c '[.seen >= 2 * '"$HOSTS"', .lost_events]' <<<"$counted")" "[true,0]"

start_waybill drops -d -j ${MODE:+--mode $MODE} "${every[@]}" udp and net 10.77.0.0/24 || exit 1
all_traffic
stop_waybill
is "drops -d, which follows nobody: the same" \
	"$(tail -1 "$DIR/out" | jq -c '[.dropped.netfilter, .dropped.socket, (.dropped | add)]')" "[2,1,3]"
kill "${listeners[@]}" 2>/dev/null
end_of_checks
