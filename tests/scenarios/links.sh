#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What the kernel sends because of a packet is part of its story, whatever the filter says: the ICMP
# error and the reset that answer it, the question for its next hop. As TAP. Usage: links.sh; MODE
# chooses waybill's mode.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
own_place wbl
network router6
R nft 'add table inet f; add chain inet f forw { type filter hook forward priority 0; }
add rule inet f forw udp dport 9001 counter reject
add rule inet f forw tcp dport 9002 counter reject with tcp reset
add rule inet f forw icmp type destination-unreachable ip saddr 10.2.0.2 counter drop'
B nft 'add table arp a; add chain arp a in { type filter hook input priority 0; }
add rule arp a in arp operation request arp daddr ip 10.2.0.77 counter drop' 2>/dev/null ||
	no_arp="the kernel has no such rule"

# of PORT: id of the packet to it, and what is linked to that, as lists of JQ's
linked() { # PORT HOW JQ
	jq -cs "[.[] | select(.type == \"journey\")] | (map(select(.packet.dport == $1 and .packet.src != \"10.2.0.2\"))[0].id) as \$id |
		map(select(any(.links[]?; .how == \"$2\" and .id == \$id))) | $3" "$DIR/out"
}
try() { A bash -c "echo x >/dev/$1/$2/$3" 2>/dev/null; sleep 0.2; } # PROTO ADDRESS PORT

start_waybill trace -a -j ${MODE:+--mode $MODE} -N "${P}A" -N "${P}R" -N "${P}B" \
	'udp dst portrange 9000-9003 or tcp dst portrange 9000-9003' || exit 1
try udp 10.2.0.2 9000
try udp 10.2.0.2 9001
try tcp 10.2.0.2 9002
try tcp fd02::2 9000
try udp fd02::2 9001
try udp 10.2.0.77 9003
given_up() { jq -e 'select(.packet.dport == 9003 and .outcome == "dropped")' "$DIR/out" >/dev/null; }
within 300 given_up # three questions, a second apart
stop_waybill
ends='map([.packet.proto, .outcome, .drop.station // ""])'
is "an ICMP error is followed, though the filter asks for UDP, to the rule that drops it" \
	"$(linked 9000 answer "$ends")" '[["icmp","dropped","nf.forward"]]'
is "that of a rule that rejects" "$(linked 9001 answer 'map([.packet.proto, .outcome]) | .[:1]')" \
	'[["icmp","delivered"]]'
is "a rule's reset" "$(linked 9002 answer "$ends")" '[["tcp","delivered",""]]'
is "IPv6: TCP's own reset, and a rule's error" \
	"$(jq -cs '[.[] | select(.type == "journey" and .packet.family == "ipv6" and any(.links[]?; .how == "answer")) | .packet.proto] | sort' "$DIR/out")" \
	'["icmpv6","tcp"]'
if [ -n "${no_arp:-}" ]; then
	skip "the question for the next hop is followed" "$no_arp"
else
	is "the question for the next hop is followed, to what drops it" \
		"$(linked 9003 asks 'map([.packet.proto, .outcome, .drop.layer]) | .[:1]')" '[["arp","dropped","netfilter"]]'
	is "and the packet that waited says so" \
		"$(jq -cs '[.[] | select(.packet.dport == 9003 and .outcome == "dropped")][0].why | test("question for it was dropped")' "$DIR/out")" true
fi
end_of_checks
