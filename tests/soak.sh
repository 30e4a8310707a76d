#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Mixed traffic for a while: TCP, UDP, fragments, a group, captures, sockets that come and go. What
# "trace" tells as dropped, and what "drops" counts, must be the sum of the kernel's own counters, and
# nothing that was delivered or dropped may be without a header. As TAP; its own target, because it
# takes as long as it is told to: make soak SOAK_SECONDS=600.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
SECONDS_LONG=${SOAK_SECONDS:-20}
own_place wbk
network router
jobs=() # the traffic's processes, which end with the time
end_all() { kill "${jobs[@]}" 2>/dev/null; wait "${jobs[@]}" 2>/dev/null; }
trap 'end_all; leave' EXIT
R nft "add table inet f; add chain inet f fw { type filter hook forward priority 0; }
add rule inet f fw udp dport 9001 counter drop
add rule inet f fw tcp dport 9011 counter drop
add chain inet f in { type filter hook input priority 0; }
add rule inet f in udp dport 9002 counter drop"
# the kernel itself joins, so that a socket on any address gets what is sent to the group
ip -n "${P}R" addr add 239.7.7.7/32 dev r0 autojoin
ip -n "${P}A" route add 239.7.7.0/24 dev c0
own=(-N "${P}A" -N "${P}R" -N "${P}B")

lost_by() { # NAMESPACE COUNTER...
	local ns=$1
	shift
	ip netns exec "$P$ns" nstat -asz "$@" | awk '!/^#/ {n += $2} END {print n + 0}'
}
# Each of these is one packet that went no further. The router has no TCP socket of its own, so each
# of its resets answers a packet; a server's may answer none.
counted() {
	local rules

	rules=$(R nft -j list table inet f | jq '[.nftables[].rule?.expr[]?.counter?.packets // 0] | add')
	echo $((rules + $(lost_by B UdpNoPorts UdpRcvbufErrors) + $(lost_by R UdpNoPorts IpInHdrErrors TcpOutRsts)))
}

until_then() { # COMMAND...: again and again until the time is over, quietly
	local end=$((SECONDS + SECONDS_LONG))

	while [ "$SECONDS" -lt "$end" ]; do "$@"; done >/dev/null 2>&1
}
send() { # NAMESPACE ADDRESS PORT COUNT [KEY=VALUE]
	inside "$1" UDP-SEND "$2" "$3" "$4" connect=0 "${@:5}"
}
talk() {
	# a port that nobody has, a rule's, the router's own, a time to live that is over, a group
	send A 10.2.0.2 9003 3
	send A 10.2.0.2 9001 2
	send A 10.1.0.254 9002 1
	send A 10.1.0.254 9004 1
	A ping -qc1 -t1 -W1 10.2.0.2
	send A 239.7.7.7 9005 2
	# delivered, whole and in pieces
	send A 10.2.0.2 9000 5
	send A 10.2.0.2 9000 1 size=5000
	A ping -qc2 -i0.05 -s4000 -W1 10.2.0.2
	# nobody reads, until the buffer is full
	send A 10.2.0.2 9006 4 size=800
}
connect() {
	A TCP-CLIENT 10.1.0.254 9012 1 # nobody listens
	timeout 0.2 ip netns exec "${P}A" "$TRAFFIC" tcp-client 10.2.0.2 9011 1
	sleep 0.1
}
# The server reads as many connections as it has places.
transfer() {
	A TCP-CLIENT 10.2.0.2 9010 2 send=20000
	sleep $((SECONDS_LONG / 60)).4
}
come_and_go() {
	B UDP-SINK 10.2.0.2 9007 0.3
	timeout 0.5 ip netns exec "${P}R" tcpdump -i any -nn -c 200 -w /dev/null
}

start_waybill trace -a -j "${own[@]}" not arp || exit 1
trace_pid=$WAYBILL_PID
mv "$DIR/out" "$DIR/trace"
start_waybill drops -j "${own[@]}" not arp || { kill -9 "$trace_pid"; exit 1; }
before=$(counted)
end=$((SECONDS_LONG + 20))
for sink in "B 10.2.0.2 9000" "R 239.7.7.7 9005"; do
	# shellcheck disable=SC2086
	set -- $sink
	inside "$1" UDP-SINK "$2" "$3" "$end" >/dev/null &
	jobs+=($!)
done
B UDP-SINK 10.2.0.2 9006 "$end" noread=1 rcvbuf=4096 >/dev/null &
jobs+=($!)
B TCP-SERVER 10.2.0.2 9010 "$end" >/dev/null &
jobs+=($!)
sleep 0.5
working=()
for part in talk talk connect transfer come_and_go; do
	until_then "$part" &
	working+=($!)
done
wait "${working[@]}"
sleep 2 # what is on its way comes to its end
after=$(counted)
stop_waybill # drops, and then the other
WAYBILL_PID=$trace_pid stop_waybill
told=$((after - before))
echo "# $told drops among $(tail -1 "$DIR/trace" | jq '[.journeys[]] | add') journeys"
journeys() { jq -c "select(.type == \"journey\") | $1" "$DIR/trace"; }
is "no event was lost" "$(tail -1 "$DIR/trace" | jq .lost_events) $(tail -1 "$DIR/out" | jq .lost_events)" "0 0"
[ "$told" -gt 0 ]
is "there were drops" $? 0
is "trace tells as many drops as the kernel's counters" \
	"$(journeys 'select(.outcome == "dropped") | 1' | wc -l)" "$told"
is "so does drops" "$(tail -1 "$DIR/out" | jq '.dropped | add')" "$told"
is "nothing delivered or dropped is without a header" \
	"$(journeys 'select((.outcome == "dropped" or .outcome == "delivered") and (.packet.proto // .packet.ethertype) == null)' | wc -l)" 0
is "each that was seen has one outcome" "$(tail -1 "$DIR/out" |
	jq '.seen == ([.delivered, .transmitted, .benign, .queued, .unfinished, .never_sent, .dropped[]] | add)')" true
if [ "$failed" = 1 ]; then
	journeys 'select(.outcome == "dropped") | .drop | [.layer, .station, .reason, .location] | join(" ")' |
		sort | uniq -c | sed 's/^/# trace: /'
	for host in A R B; do ip netns exec "$P$host" nstat -as | awk -v h=$host '!/^#/ {print "# " h, $1, $2}'; done |
		grep -E 'Drop|Err|NoPort|Rst|Abort|Overflow|Discard|Fail'
	tail -1 "$DIR/out" | jq -r '.sites[] | "\(.packets // .count) \(.layer) \(.station) \(.reason)"' | sed 's/^/# drops: /'
fi
end_of_checks
