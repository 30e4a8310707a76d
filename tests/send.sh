#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# waybill send in a network of its own, as TAP: it says what real traffic gets, nothing leaves, what it
# made is gone afterwards, and other packets pass.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbsend
network router6
HOST_WAYBILL=$WAYBILL
waybill_in R
if ! can_send --in r0 'udp 10.1.0.1 > 10.2.0.2:9'; then
	check "where the kernel has no way, it says so and sends nothing" grep -q 'kernel' "$DIR/err"
	end_of_checks
fi

R nft -f - <<X
table inet f {
	chain forw {
		type filter hook forward priority 0; policy accept;
		udp dport 9001 counter drop
		udp dport 9002 counter reject
		tcp dport 9003 counter reject with tcp reset
	}
	chain inn {
		type filter hook input priority 0; policy accept;
		udp dport 9004 drop
		tcp dport 9005 drop
	}
}
table ip n {
	chain pre {
		type nat hook prerouting priority -100;
		tcp dport 9006 dnat to 10.2.0.2:80
	}
}
X
connections() { R conntrack -L 2>/dev/null | sort | sed 's/[0-9]* \(src=\)/\1/'; }
neighbours() { R ip neigh | grep -v fe80 | sed 's/REACHABLE\|DELAY\|PROBE/STALE/' | sort; }
is_made() { jq -es "map(select(.made))[0] | $1" "$DIR/out"; }
flush() { R conntrack -F 2>/dev/null; R ip neigh flush nud failed 2>/dev/null; }
flush

# --- the same as real traffic, rule for rule ---
real() { # PROTO ADDR PORT
	case $1 in
	udp) A UDP-SEND "$2" "$3" 1 connect=0 >/dev/null ;;
	tcp) A TCP-CLIENT "$2" "$3" 0.3 ;;
	esac 2>/dev/null
	return 0
}
cases=("udp 10.2.0.2 9001" "udp 10.2.0.2 9002" "tcp 10.2.0.2 9003" "udp 10.1.0.254 9004"
	"tcp 10.1.0.254 9005" "udp 10.9.0.1 9007" "udp fd02::2 9001" "udp fd01::254 9004")
start_waybill trace -j ${MODE:+--mode $MODE} -N "${P}R" 'udp or tcp' || exit 1
for c in "${cases[@]}"; do real $c; done
sleep "${SETTLE:-0.5}"
stop_waybill
cp "$DIR/out" "$DIR/real"
flush
for c in "${cases[@]}"; do
	set -- $c
	case $2 in
	*:*) echo "in r0 $1 fd01::1 > [$2]:$3 => dropped" ;;
	*) echo "in r0 $1 10.1.0.1 > $2:$3 => dropped" ;;
	esac
done >"$DIR/matrix"
ms -j --matrix "$DIR/matrix"
told() { # FILE PORT ADDR PROTO: what became of it, where, and by whom
	jq -c "select(.type == \"journey\" and .packet.dport == $2 and .packet.dst == \"$3\" and .packet.proto == \"$4\") |
		[.outcome, .drop.station, .drop.reason, .drop.decider.kind, .drop.decider.rule, .sender_sees]" "$1" | head -1
}
for c in "${cases[@]}"; do
	set -- $c
	want=$(told "$DIR/real" "$3" "$2" "$1")
	is=$(told "$DIR/out" "$3" "$2" "$1")
	echo "real $want, made $is" >"$DIR/screen"
	check "$c ends as real traffic does" [ -n "$want" -a "$want" = "$is" ]
done
rm -f "$DIR/screen"
check "the journeys are marked as made" [ "$(jq -c 'select(.type == "journey" and .made) | 1' "$DIR/out" | wc -l)" = ${#cases[@]} ]
check "no connection is left" [ -z "$(connections)" ]
for c in 'gre' 'sctp' 'proto 99' 'icmp' 'icmp code 3' 'icmp type timestamp id 7'; do
	set -- $c
	[ "$1" = proto ] && set -- "proto $2" "${@:3}"
	echo "in r0 $1 10.1.0.1$([ "$1" = sctp ] && echo :7) > 10.2.0.2$([ "$1" = sctp ] && echo :8) ${*:2} => transmitted"
done >"$DIR/matrix"
ms -q --keep-conntrack --matrix "$DIR/matrix"
check "... also of protocols without ports: each makes one" [ "$(connections | wc -l)" = 6 ]
flush
ms -q --matrix "$DIR/matrix"
connections >"$DIR/screen"
check "... that is gone afterwards" [ ! -s "$DIR/screen" ]
rm -f "$DIR/screen"

# --- what would have gone on ---
sits() { inside "$1" ss -Huatn "sport = :$2" | grep -q .; } # HOST PORT
B UDP-SIT 10.2.0.2 9100 60 >/dev/null 2>&1 &
R TCP-SIT 10.1.0.254 9101 60 >/dev/null 2>&1 &
within 50 sits B 9100
within 50 sits R 9101
ms -j --in r0 'tcp 10.1.0.1 > 10.1.0.254:9101'
check "a socket's packet is delivered, and the socket named" is_made '.outcome == "delivered" and
	.swallowed == "arriving" and (.would | test("sockets pid [0-9]+ listens on 10.1.0.254:9101"))'
ms -j --in r0 --expect transmitted 'tcp 10.1.0.1 > 10.1.0.254:9006'
check "a translated one is transmitted" is_made '.outcome == "transmitted" and .swallowed == "leaving" and
	([.steps[] | select(.station == "nat" or .station == "route.in") | .station]) == ["nat", "route.in"]'
ms -q --in r0 --expect dropped:nf.forward 'udp 10.1.0.1 > 10.2.0.2:9001'
check "what is expected holds" [ $? = 0 ]
ms -q --in r0 --expect transmitted 'udp 10.1.0.1 > 10.2.0.2:9001'
check "... or exits with 3" [ $? = 3 ]
ms -q --in r0 --expect dropped:nf.forward 'tcp 10.1.0.9 > 10.2.0.2:9003'
check "who could not be answered is told as it ended" [ $? = 0 ]
flush
before=$(neighbours)
ms -j --in r0 'udp 10.1.0.1 > 10.2.0.77:9100'
check "who has to ask for a neighbour is told, and nobody is asked" is_made '.outcome == "unfinished" and
	.swallowed == "waiting"'
check "... and forgotten" [ "$before" = "$(neighbours)" ]

# --- nothing leaves, and nobody else is kept from it ---
packets=${PACKETS:-1000}
random_packets() {
	local i dst proto src
	for i in $(seq "$packets"); do
		proto=$((RANDOM % 3)) src=10.1.0.$((RANDOM % 8 + 1))
		dst=10.2.0.$((RANDOM % 4 + 1))
		[ $((RANDOM % 3)) = 0 ] && dst=10.1.0.254
		[ $((RANDOM % 8)) = 0 ] && dst=10.3.$((RANDOM % 256)).1
		case $proto in
		0) echo "udp $src > $dst:$((RANDOM % 20 + 8995)) len $((RANDOM % 1200)) => dropped" ;;
		1) echo "tcp $src > $dst:$((RANDOM % 20 + 8995)) flags $([ $((RANDOM % 2)) = 0 ] && echo S || echo A) => dropped" ;;
		2) echo "icmp $src > $dst ttl $((RANDOM % 4 + 1)) => dropped" ;;
		esac
	done
}
random_packets >"$DIR/matrix"
# all but the other people's: B pings the router, and looks for it
others='(icmp and host 10.2.0.2 and host 10.1.0.254) or (arp and host 10.2.0.2 and host 10.2.0.254) or ip6'
captures=()
for h in A:c0:inout B:s0:inout R:r0:out R:r1:out; do
	IFS=: read -r h dev way <<<"$h"
	ip netns exec "$P$h" tcpdump -lnpi "$dev" -Q "$way" -w "$DIR/$dev.pcap" "not ($others)" 2>"$DIR/$dev.err" &
	captures+=($!)
	within 50 grep -q listening "$DIR/$dev.err"
done
R UDP-SIT 10.1.0.254 9000 600 >/dev/null 2>&1 &
R TCP-SIT 10.1.0.254 9001 600 >/dev/null 2>&1 &
within 50 sits R 9000
within 50 sits R 9001
before=$(neighbours)
ip netns exec "${P}B" ping -i 0.05 10.1.0.254 >"$DIR/ping" 2>&1 &
ping=$!
ms -q --in r0 --matrix "$DIR/matrix"
check "a matrix that differs exits with 3" [ $? = 3 ]
told=$(grep -c '=>' "$DIR/out")
check "each of $packets packets has its line" [ "$told" = "$packets" ]
kill -INT $ping
wait $ping
sleep "${SETTLE:-0.5}"
kill -INT "${captures[@]}"
wait "${captures[@]}"
for dev in c0 s0 r0 r1; do
	tcpdump -nr "$DIR/$dev.pcap" >"$DIR/screen" 2>/dev/null
	check "no packet has got to $dev" [ ! -s "$DIR/screen" ]
done
R ss -Huant 'sport = :9000 or sport = :9001' >"$DIR/screen"
check "two sockets, to which some of them were addressed, have got nothing" [ "$(awk '{n += $3} END {print NR, n}' "$DIR/screen")" = "2 0" ]
check "... and other people's passed meanwhile" grep -q ' 0% packet loss' "$DIR/ping"
connections | grep -v 'src=10.2.0.2 dst=10.1.0.254' >"$DIR/screen"
check "no connection is left but theirs" [ ! -s "$DIR/screen" ]
diff <(echo "$before") <(neighbours) >"$DIR/screen"
check "neighbours are as before" [ ! -s "$DIR/screen" ]
rm -f "$DIR/screen"

# --- killed in the middle ---
flush
: >"$DIR/err" # or the line of the run before is taken for this one's
( "$WAYBILL" send ${MODE:+--mode $MODE} -q --in r0 --matrix "$DIR/matrix" >"$DIR/out" 2>"$DIR/err" & echo $! >"$DIR/pid" )
WAYBILL_PID=$(cat "$DIR/pid")
agent() { ip netns pids "${P}R" | xargs -r ps -o comm= -p | grep -q waybill-send; }
gone() { ! agent; }
begun() { grep -q tracing "$DIR/err"; }
within 300 begun
check "somebody keeps the rights to send" agent
sleep 0.3
kill_waybill
nothing() { [ -z "$(connections)" ]; }
check "kill -9 leaves no connection" within 50 nothing
check "... and nobody who holds the swallowers" within 50 gone
start_waybill send ${MODE:+--mode $MODE} --in r0 --matrix "$DIR/matrix"
sleep 0.3
stop_waybill
check "asked to end, it says how many packets it left out" grep -qE 'left out [0-9]+ of [0-9]+ packets' "$DIR/err"
cp "$DIR/err" "$DIR/screen"
check "... which are none that were not seen" [ "$(grep -c 'not seen' "$DIR/err")" = 0 ]
rm -f "$DIR/screen"

# --- what stays ---
R nft 'add set inet f seen { type ipv4_addr; flags dynamic; }; add rule inet f forw udp dport 9013 add @seen { ip saddr } drop'
for adds in "has" "no"; do
	ms --in r0 'udp 10.1.0.1 > 10.2.0.2:9013'
	said=$(grep -c 'set inet f seen has more elements' "$DIR/err")
	check "an element that a rule added stays, and that is said: it $adds more" [ "$said" = "$([ "$adds" = has ] && echo 1 || echo 0)" ]
done

# --- as a process of this host ---
R nft -f - <<X
table inet f {
	chain outp {
		type filter hook output priority 0; policy accept;
		udp dport 9010 meta skuid 1234 counter drop
		udp dport 9011 meta mark 7 counter reject
		tcp dport 9012 counter reject with tcp reset
	}
}
X
flush
cat >"$DIR/matrix" <<X
out udp 10.2.0.254 > 10.2.0.2:9010 => transmitted
out udp 10.2.0.254 > 10.2.0.2:9011 mark 7 => dropped:nf.output:NETFILTER_DROP
out udp 10.2.0.254 > 10.2.0.2:9011 => transmitted
out tcp 10.2.0.254 > 10.2.0.2:9012 => dropped:nf.output
out tcp 10.1.0.254 > 10.1.0.254:9101 => delivered
out udp [fd02::254]:53 > [fd02::2]:9010 => transmitted
out udp 10.2.0.254 > 10.9.0.1:9010 => never_sent
in r0 udp 10.1.0.1 > 10.2.0.2:9001 => dropped:nf.forward
X
for addr in 10.2.0.2 fd02::2; do R ping -qc1 -W5 $addr >/dev/null; done # or it waits for a neighbour
ip netns exec "${P}B" tcpdump -lnpi s0 -w "$DIR/B.pcap" "udp or tcp" 2>"$DIR/B.err" &
capture=$!
within 50 grep -q listening "$DIR/B.err"
ms --matrix "$DIR/matrix" --tap
cp "$DIR/out" "$DIR/screen"
check "what a process sends ends as its rules, routes and sockets say" [ $? = 0 -a "$(grep -c ^ok "$DIR/out")" = 8 ]
ms -j --out --uid 1234 'udp 10.2.0.254 > 10.2.0.2:9010'
cp "$DIR/out" "$DIR/screen"
check "... and as the user's rules say" is_made '.outcome == "dropped" and .drop.station == "nf.output" and
	(.drop.decider.rule | test("skuid 1234")) and .sender_sees == "eperm"'
ms -j --out --mark 7 'udp 10.2.0.254 > 10.2.0.2:9011'
cp "$DIR/out" "$DIR/screen"
check "... and as its socket's mark says" is_made '.outcome == "dropped" and (.drop.decider.rule | test("mark 0x0*7"))'
CG=$(cgroup_root)
if [ -n "$CG" ] && mkdir "$CG/$P" && bpftool prog load "$OBJ/cg_drop.o" "/sys/fs/bpf/$P" type cgroup/skb 2>/dev/null; then
	CG=$CG/$P # leave() takes it away
	bpftool cgroup attach "$CG" egress pinned "/sys/fs/bpf/$P"
	for of in "/$P" "$CG"; do
		"$HOST_WAYBILL" send ${MODE:+--mode $MODE} -j -N "${P}R" --out --cgroup "$of" 'udp 10.2.0.254 > 10.2.0.2:9000' >"$DIR/out" 2>"$DIR/err"
		cp "$DIR/out" "$DIR/screen"
		check "... and as the cgroup's program says, ${of%%/"$P"}/..." is_made '.outcome == "dropped" and .drop.layer == "socket" and
			.drop.decider.kind == "cgroup_program" and .sender_sees == "eperm"'
	done
else
	skip "as the cgroup's program says" "no cgroups here"
fi
ms -j --out 'udp 10.2.0.254 > 10.9.0.1:9010'
cp "$DIR/out" "$DIR/screen"
check "what its sender is told is told" is_made '.outcome == "never_sent" and .sender_sees == "enetunreach"'
sleep "${SETTLE:-0.5}"
kill -INT $capture
wait $capture
tcpdump -nr "$DIR/B.pcap" >"$DIR/screen" 2>/dev/null
check "... and none of it has left" [ ! -s "$DIR/screen" ]
rm -f "$DIR/screen"
ms --out 'arp 10.2.0.254 > 10.2.0.2'
check "what no process sends this way exits with 2" [ $? = 2 ]

# --- a connection's first three packets ---
flush
ms -j --handshake --in r0 'tcp 10.1.0.1 > 10.1.0.254:9006'
cp "$DIR/out" "$DIR/screen"
check "a SYN, the answer and the ACK, through NAT and back" jq -es '[.[] | select(.made)] |
	map(.outcome) == ["transmitted", "transmitted", "transmitted"] and
	(.[1].packet.src == "10.2.0.2") and ([.[1].steps[] | select(.station == "nat")] | length == 1) and
	(map([.steps[].conntrack.state // empty] | .[0]) == ["new", "established (reply)", "established"])' "$DIR/out"
check "... and the connection is gone" [ -z "$(connections)" ]
R TCP-SIT 10.1.0.254 9105 60 >/dev/null 2>&1 &
within 50 sits R 9105
ms -j --handshake --in r0 'tcp 10.1.0.1 > 10.1.0.254:9105'
cp "$DIR/out" "$DIR/screen"
check "with a socket of this host" jq -es '[.[] | select(.made)] |
	map(.outcome) == ["delivered", "transmitted", "delivered"] and (.[1].packet.src == "10.1.0.254") and
	(map([.steps[].conntrack.state // empty] | .[0]) == ["new", "established (reply)", "established"])' "$DIR/out"
check "... which gets nothing" [ "$(R ss -Htan 'sport = :9105' | awk '{print $1, $2}')" = "LISTEN 0" ]
check "... and this connection is gone" [ -z "$(connections)" ]
ms -j --handshake --in r0 'tcp 10.1.0.1 > 10.2.0.2:9003'
cp "$DIR/out" "$DIR/screen"
check "nothing follows a SYN that is dropped" jq -es '[.[] | select(.made) | .outcome] == ["dropped"]' "$DIR/out"
rm -f "$DIR/screen"

# --- into further namespaces, without being sent through a device ---
empty() { [ "$(B ss -Huan "sport = :$1" | awk '{print $2}')" = 0 ]; }
if R ip link add mv0 link r0 type macvlan mode bridge 2>"$DIR/err"; then
	ip -n "${P}R" link set mv0 netns "${P}B" up
	ip -n "${P}B" addr add 10.1.0.9/24 dev mv0
	B UDP-SIT 10.1.0.9 9103 60 >/dev/null 2>&1 &
	within 50 sits B 9103
	ms -j --in r0 "udp 10.1.0.1 > 10.1.0.9:9103 dmac $(mac B mv0)"
	cp "$DIR/out" "$DIR/screen"
	check "a macvlan in another namespace: it is delivered there, and the socket named" is_made '.outcome == "delivered" and
		.swallowed == "arriving" and (.would | test("sockets pid [0-9]+ listens"))'
	check "... which gets nothing" empty 9103
	ip -n "${P}B" link del mv0
else
	skip "a macvlan in another namespace" "$(head -1 "$DIR/err")"
fi
R tc qdisc add dev r0 clsact
B UDP-SIT 10.2.0.2 9104 60 >/dev/null 2>&1 &
within 50 sits B 9104
if R tc filter add dev r0 ingress bpf da obj "$OBJ/tc_peer.o" sec tc 2>"$DIR/err"; then
	ms -j --in r0 'udp 10.1.0.1 > 10.2.0.2:9104'
	cp "$DIR/out" "$DIR/screen"
	check "a tc program that hands it to a veth's other end" is_made '.outcome == "delivered" and .swallowed == "arriving"'
	check "... whose socket gets nothing" empty 9104
else
	skip "a tc program that hands it to a veth's other end" "$(head -1 "$DIR/err")"
fi
check "somebody else's clsact stays" [ "$(R tc filter show dev r0 ingress | grep -c 'tc_peer')" = 1 ]
R tc qdisc del dev r0 clsact
rm -f "$DIR/screen"

# --- what a made question for a neighbour would teach ---
R ping -qc1 -W5 10.1.0.1 >/dev/null
mac_of() { R ip neigh show "$1" dev r0 | grep -o 'lladdr [^ ]*'; }
was=$(mac_of 10.1.0.1)
ms -j --in r0 'arp 10.1.0.1 > 10.1.0.254 smac 02:00:00:00:00:55'
cp "$DIR/out" "$DIR/screen"
check "a made ARP packet is received" is_made '.outcome == "delivered" and .packet.proto == "arp"'
check "... and the kernel's answer, which is swallowed, is told" is_made '.would == "the kernel would answer it through r0"'
check "... and a neighbour keeps the MAC address that he had" [ -n "$was" -a "$was" = "$(mac_of 10.1.0.1)" ]
ms -q --in r0 'arp 10.1.0.77 > 10.1.0.254 smac 02:00:00:00:00:55'
check "... and who was none is none" [ -z "$(mac_of 10.1.0.77)" ]

# --- what is lifted ---
R UDP-SIT 10.1.0.254 9106 60 >/dev/null 2>&1 &
within 50 sits R 9106
waiting() { [ "$(R ss -Huan 'sport = :9106' | awk '{print ($2 > 0)}')" = "$1" ]; }
ms -j --in r0 'udp 10.1.0.1 > 10.1.0.254:9106 len 8'
check "a socket gets nothing" waiting 0
ms -j --in r0 --deliver 'udp 10.1.0.1 > 10.1.0.254:9106 len 8'
cp "$DIR/out" "$DIR/screen"
check "... but with --deliver" is_made '.outcome == "queued" and .swallowed == null'
check "... it does" waiting 1
B UDP-SIT 10.2.0.2 9107 60 >/dev/null 2>&1 &
within 50 sits B 9107
there() { [ "$(B ss -Huan 'sport = :9107' | awk '{print ($2 > 0)}')" = 1 ]; }
ms -j --in r0 --let-out 'udp 10.1.0.1 > 10.2.0.2:9107 len 8'
cp "$DIR/out" "$DIR/screen"
check "with --let-out it gets to another host" is_made '.swallowed == null and .outcome != "dropped"'
check "... whose socket gets it" there
flush
ms -q --in r0 --keep-conntrack 'udp 10.1.0.1:9108 > 10.2.0.2:9108'
connections >"$DIR/screen"
check "with --keep-conntrack the connection stays" grep -q 'sport=9108 dport=9108' "$DIR/screen"
flush
rm -f "$DIR/screen"

# --- a capture, made to fit ---
ip netns exec "${P}A" tcpdump -Unpi c0 -c1 -w "$DIR/one.pcap" 'udp port 9001' 2>"$DIR/one.err" &
capture=$!
within 50 grep -qs listening "$DIR/one.err"
real udp 10.2.0.2 9001
wait $capture
ms -j --in r0 -r "$DIR/one.pcap" --rewrite 10.2.0.2:9001=10.2.0.2:9002 --rewrite 10.1.0.1=10.1.0.9
cp "$DIR/out" "$DIR/screen"
check "a capture's packet with other addresses is told by these" is_made '.packet.src == "10.1.0.9" and .packet.dport == 9002 and
	.drop.station == "nf.forward" and (.drop.decider.rule | test("9002"))'
rm -f "$DIR/screen"

# its fragments: they are put together on the way, as in life
ip netns exec "${P}A" tcpdump -Unpi c0 -c3 -w "$DIR/three.pcap" 'ip[6:2] & 0x3fff != 0' 2>"$DIR/three.err" &
capture=$!
within 50 grep -qs listening "$DIR/three.err"
A UDP-SEND 10.2.0.2 9106 1 connect=0 size=3000 >/dev/null
wait $capture
flush
ms -j --in r0 -r "$DIR/three.pcap"
cp "$DIR/out" "$DIR/screen"
check "a capture's fragments leave as one packet, and none is dropped" jq -es '[.[] | select(.made) | .outcome] |
	index("transmitted") != null and index("dropped") == null and index("unfinished") == null' "$DIR/out"
check "... whose connection is gone" [ -z "$(connections)" ]
ms -j --in r0 -r "$DIR/three.pcap" --rewrite 10.2.0.2=10.1.0.254
cp "$DIR/out" "$DIR/screen"
check "... or get to a socket, which is named" jq -es 'any(.[]; .made and .outcome == "delivered" and
	(.would // "" | test("sockets pid [0-9]+ is .*10.1.0.254:9106|sockets pid [0-9]+ listens on 10.1.0.254:9106")))' "$DIR/out"
rm -f "$DIR/screen"

# --- a namespace that has no name ---
touch "$DIR/netns"
mount --bind "/run/netns/${P}R" "$DIR/netns"
"$HOST_WAYBILL" send ${MODE:+--mode $MODE} -q -N "$DIR/netns" --in r0 --expect dropped:nf.forward 'udp 10.1.0.1 > 10.2.0.2:9001' >"$DIR/out" 2>"$DIR/err"
check "-N takes a path, too" [ $? = 0 ]
umount "$DIR/netns"

# --- XDP, and what is refused ---
ip -n "${P}R" link set dev r0 xdp obj "$OBJ/xdp_drop.o" sec xdp 2>/dev/null
ms -j --in r0 'udp 10.1.0.1 > 10.2.0.2:9000'
check "the device's XDP program is asked first" is_made '.outcome == "dropped" and .drop.station == "xdp" and
	.drop.decider.name == "xdp_drop"'
ip -n "${P}R" link set dev r0 xdp off
ms --in r0 'tcp 10.1.0.1 > 10.2.0.2:80 flgs S'
check "a wrong word exits with 2" [ $? = 2 ]
check "... and its place is shown" grep -q '^ *^$' "$DIR/err"
ms --in nowhere 'tcp 10.1.0.1 > 10.2.0.2:80'
check "a device that is not there exits with 1" [ $? = 1 ]
echo "in nowhere udp 10.1.0.1 > 10.2.0.2:80 => dropped" >"$DIR/matrix"
ms --matrix "$DIR/matrix"
check "... also in a matrix, whose line is named" [ $? = 1 -a "$(grep -c "matrix:1: --in nowhere" "$DIR/err")" = 1 ]
ms --in r0 'tcp 10.1.0.1 > 10.2.0.2:80 mark 5'
check "a mark on what comes in is refused" [ $? = 1 -a "$(grep -c '^waybill: mark: ' "$DIR/err")" = 1 ]
ms --dry 'tcp 10.1.0.1 > 10.2.0.2:80'
check "--dry prints what is filled in" grep -q '^tcp 10.1.0.1:[0-9]* > 10.2.0.2:80 flags S seq' "$DIR/out"
end_of_checks
