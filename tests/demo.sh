#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A small network with a router, a firewall, an XDP program, a tc program and NAT; some packets, and
# what waybill tells of each. Lives in namespaces of its own and leaves nothing behind.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbdemo
color=never
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] && color=always

# without the prefix that keeps the namespaces apart from others
plain() { sed -e "s/$P\\([ARB]\\)/\\1/g" -e "s/^ \\{${#P}\\}\\( \\{20,\\}[^ +]\\)/\\1/" "$1"; }

show() { # TITLE DESTINATION PORT
	local filter="udp and host 10.1.0.1 and (dst port $3 or dst port 9004)"
	printf '\n== %s\n   # waybill "%s"\n\n' "$1" "$filter"
	start_waybill --color "$color" "$filter" || exit 1
	A UDP-SEND "$2" "$3" 1 >/dev/null
	sleep 0.5
	stop_waybill
	plain "$DIR/out"
}

network router || { echo "demo: the network could not be built" >&2; exit 1; }
R nft 'add table inet fw; add chain inet fw forward { type filter hook forward priority 0; }
	add rule inet fw forward udp dport 9002 counter drop comment "the demo drops this"
	add table ip nat; add chain ip nat pre { type nat hook prerouting priority -100; }
	add rule ip nat pre udp dport 8080 dnat to 10.2.0.2:9004'
ip -n "${P}R" link set dev r0 xdpdrv obj "$OBJ/xdp_drop.o" sec xdp
B tc qdisc add dev s0 clsact
B tc filter add dev s0 ingress bpf da obj "$OBJ/tc_shot9001.o" sec tc
(B UDP-SINK 10.2.0.2 9004 60 >/dev/null 2>&1 &) # no job of this shell: it ends with its namespace
cat <<'EOF'
A (10.1.0.1) - the router R - B (10.2.0.2)
  R: an XDP program on r0 drops udp 9000, nftables drops udp 9002, udp 8080 is sent on to B's 9004
  B: a tc program on s0 drops udp 9001, a process reads udp 9004, nobody reads udp 9003
EOF
show "a packet that arrives" 10.2.0.2 9004
show "one that NAT rewrites on its way" 10.1.0.254 8080
show "one that the XDP program drops: tcpdump on the router does not see it" 10.2.0.2 9000
show "one that the tc program drops" 10.2.0.2 9001
show "one that a firewall rule drops" 10.2.0.2 9002

filter="udp and host 10.1.0.1 and dst portrange 9000-9004"
printf '\n== where packets die, layer against layer\n   # waybill drops --duration 4s "%s"\n\n' "$filter"
start_waybill drops --duration 4s "$filter" || exit 1
for p in "9000 50" "9001 30" "9002 20" "9003 10" "9004 5"; do
	A UDP-SEND 10.2.0.2 "${p% *}" "${p#* }" connect=0 >/dev/null
done
ended() { ! kill -0 "$WAYBILL_PID" 2>/dev/null; }
within 200 ended
WAYBILL_PID=
plain "$DIR/out"
printf '\nThe column after the time is the host. Now your own: build/waybill --help\n'
