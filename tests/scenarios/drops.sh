#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The counting test: four layers drop known numbers of datagrams, and "waybill drops" must count
# each once, in its layer, as the kernel's own counters do. As TAP.
cd "$(dirname "$0")/../.." || exit 1
P=wbd$$ CG=/nonexistent DIR=$(mktemp -d)
. tests/lib.sh
trap 'clean_network; rm -rf "$DIR"' EXIT
echo 1..3
network router
ip -n "${P}R" link set dev r0 xdpdrv obj "$OBJ/xdp_drop.o" sec xdp
R tc qdisc add dev r0 clsact
R tc filter add dev r0 ingress bpf da obj "$OBJ/tc_shot_9001.o" sec tc
R nft "add table inet f; add chain inet f in { type filter hook input priority 0; }
add rule inet f in udp dport 9002 counter drop"
# only what this test sends: "hell"
start_waybill drops -j "udp and host 10.1.0.254 and udp[8:4] = 0x68656c6c" || exit 1
(R UDP-SINK 10.1.0.254 9004 4 >/dev/null &)
for _ in $(seq 50); do
	R ss -Huln sport = :9004 | grep -q . && break
	sleep 0.1
done
for n in 9000:50 9001:30 9002:20 9003:10 9004:5; do
	# shellcheck disable=SC2016
	A bash -c 'for _ in $(seq $2); do echo hello >/dev/udp/10.1.0.254/$1; done' - ${n/:/ } 2>/dev/null
done
sleep 1
stop_waybill
is() {
	if [ "$3" = "$4" ]; then echo "ok $1 - $2"; else
		echo "not ok $1 - $2"
		echo "# is $3, should be $4"
		failed=1
	fi
}
last=$(tail -1 "$DIR/out")
is 1 "each packet in one layer" "$(jq -c '[.dropped | .xdp, .tc_in, .netfilter, .socket, add]' <<<"$last")" \
	"[50,30,20,10,110]"
is 2 "seen, delivered, lost" "$(jq -c '[.seen, .delivered, .lost_events]' <<<"$last")" "[115,5,0]"
is 3 "each site's check agrees" "$(jq -c '[.sites[].check.agrees]' <<<"$last")" \
	"[true,true,true,true]"
[ -z "$failed" ]
