#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# waybill send, as TAP: who would have taken a packet that is swallowed at INPUT, and who may not put
# one in at all.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbwould
network router6
HOST_WAYBILL=$WAYBILL
waybill_in R
if ! can_send --in r0 'udp 10.1.0.1 > 10.2.0.2:9'; then
	skip "who would take a packet" "the kernel has no way to put one in"
	end_of_checks
fi

# --- who would take it ---
would() { # PACKET PATTERN [OUTCOME] [SWALLOWED]
	ms -j --in r0 "$1"
	cp "$DIR/out" "$DIR/screen"
	check "who would take $1: $2" jq -es "map(select(.made))[0] | .outcome == \"${3:-delivered}\" and
		(.swallowed // \"none\") == \"${4:-arriving}\" and ((.would // \"-\") | test(\"$2\"))" "$DIR/out"
}
would 'udp 10.1.0.1 > 10.1.0.254:9100' 'no socket was found .* udp port 9100 is not open here; the kernel would answer with ICMP port unreachable'
would 'udp 10.1.0.1 > 10.1.0.254:9100 badsum' '^it would be dropped there: its checksum is wrong' dropped
check "... at its station, for its reason" jq -es 'map(select(.made))[0].drop | .layer == "stack" and .station == "udp" and
	.reason == "UDP_CSUM" and .reason_source == "location"' "$DIR/out"
check "... and nobody" jq -es 'map(select(.made))[0].drop.decider == null' "$DIR/out"
would 'udp 10.1.0.1 > 10.1.0.254:9100 len 100 badsum' '^it would be dropped, if not before then by who reads it: its checksum is wrong' dropped
would 'tcp 10.1.0.1 > 10.1.0.254:9100 badsum' '^it would be dropped there: its checksum is wrong' dropped
would 'icmp 10.1.0.1 > 10.1.0.254 badsum' '^it would be dropped there: its checksum is wrong' dropped
ms -j --in r0 'udp 10.1.0.1:5 > 10.1.0.254:9100 fragment 0 more len 24'
cp "$DIR/out" "$DIR/screen"
check "a first fragment waits for the others, and is told" jq -es 'map(select(.made))[0] | .outcome == "unfinished" and
	(.why | test("waiting for the other fragments"))' "$DIR/out"
no_fragments() { R cat /proc/net/sockstat /proc/net/sockstat6 >"$DIR/screen" && [ "$(grep -c '^FRAG6*: inuse 0' "$DIR/screen")" = 2 ]; }
check "... and the kernel no longer waits for them, so that it does not tell its sender" no_fragments
for at in "0 more" 24; do
	would "udp [fd01::1]:5 > [fd01::254]:9100 fragment $at len 24" 'wait here for the other fragments' unfinished waiting
done
would 'icmp6 fd01::1 > fd01::254 badsum' '^it would be dropped there: its checksum is wrong' dropped
would 'icmp 10.1.0.1 > 10.1.0.254' 'would answer it with an echo reply .net.ipv4.icmp_echo_ignore_all is 0'
would 'icmp6 fd01::1 > fd01::254' 'would answer it with an echo reply .net.ipv6.icmp.echo_ignore_all is 0'
would 'icmp 10.1.0.1 > 10.1.0.254 type echo-reply' '^-$'
would 'icmp 10.1.0.1 > 10.1.0.255' 'would not answer it: net.ipv4.icmp_echo_ignore_broadcasts is 1'
R sysctl -qw net.ipv4.icmp_echo_ignore_all=1
would 'icmp 10.1.0.1 > 10.1.0.254' 'would not answer it: net.ipv4.icmp_echo_ignore_all is 1' dropped
check "... and the sysctl is who decides" jq -es 'map(select(.made))[0].drop | .station == "icmp" and
	.decider.kind == "sysctl" and .decider.name == "net.ipv4.icmp_echo_ignore_all"' "$DIR/out"
would 'proto 99 10.1.0.1 > 10.1.0.254' 'no raw socket is open for protocol 99; .* ICMP protocol unreachable'
would 'proto 99 fd01::1 > fd01::254' 'no raw socket is open for protocol 99; .* ICMPv6 parameter problem'
would 'gre 10.1.0.1 > 10.1.0.254' 'no tunnel device that is up has these ends'
would 'proto 50 10.1.0.1 > 10.1.0.254' 'whether anybody takes protocol 50 here is not looked at'
would 'ndp fd01::1 > fd01::254' 'would answer it: fd01::254 is an address of r0'
would 'ndp fd01::1 > fd01::254 reply' 'learn the MAC address of fd01::1 from it'
would 'tcp 10.1.0.1 > 10.1.0.254:9100' 'not open here; the kernel would answer with a TCP reset'
would 'udp 10.1.0.1 > 10.1.0.255:9100' 'not open here$'
would 'udp 10.1.0.1 > 10.1.0.254:9100 vlan 5' '^-$' dropped none
for proto in 99 47; do R RAW-SIT 10.1.0.254 0 600 proto=$proto >/dev/null 2>&1 & done
open_raw() { [ "$(R grep -c ': FE00010A:\(0063\|002F\) ' /proc/net/raw)" = 2 ]; }
within 50 open_raw
would 'proto 99 10.1.0.1 > 10.1.0.254' '^the raw socket: sockets pid [0-9]+ takes protocol 99'
would 'gre 10.1.0.1 > 10.1.0.254' '^the raw socket: sockets pid [0-9]+ takes protocol 47'
if R ip link add gre7 type gre local 10.1.0.254 remote 10.1.0.1 2>"$DIR/err"; then
	R ip link set gre7 up
	would 'gre 10.1.0.1 > 10.1.0.254' 'tunnel device gre7, if it carries IP; and the raw socket: '
	would 'gre 10.1.0.9 > 10.1.0.254' '^the raw socket: '
	R ip link del gre7
	R ip link add gre8 type gretap local 10.1.0.254 remote 10.1.0.1 key 8
	R ip link set gre8 up
	would 'gre 10.1.0.1 > 10.1.0.254' 'tunnel device gre8, if it carries Ethernet and has the key 8'
	R ip link del gre8
else
	skip "a tunnel device that would take it" "$(head -1 "$DIR/err")"
fi
rm -f "$DIR/screen"

# --- who may not ---
cp "$HOST_WAYBILL" "$DIR/waybill.copy" # where anybody may run it
chmod 755 "$DIR" "$DIR/waybill.copy"
packet='udp 10.1.0.1 > 10.1.0.254:9100'
ip netns exec "${P}R" tcpdump -lnpi r0 -w "$DIR/r0.pcap" udp 2>"$DIR/tcpdump" &
capture=$!
within 50 grep -q listening "$DIR/tcpdump"
refused() { # WHO PATTERN COMMAND...
	"${@:3}" >"$DIR/out" 2>"$DIR/screen"
	check "$1 is refused" [ $? = 1 -a ! -s "$DIR/out" ]
	check "... with one line that says why: $2" [ "$(grep -c "^waybill: .*$2" "$DIR/screen") $(wc -l <"$DIR/screen")" = "1 1" ]
}
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all)
in_r=(ip netns exec "${P}R")
without() { echo setpriv --bounding-set "-$1" --inh-caps "-$1"; }
refused "who is not root" 'missing: CAP_NET_ADMIN .*CAP_SYS_ADMIN .*as root' \
	"${in_r[@]}" "${nobody[@]}" "$DIR/waybill.copy" send --in r0 "$packet"
refused "... also as a sender" 'missing: .*CAP_NET_RAW' \
	"${in_r[@]}" "${nobody[@]}" "$DIR/waybill.copy" send --out "$packet"
refused "... also by -N" 'missing: .*CAP_SYS_ADMIN' \
	"${nobody[@]}" "$DIR/waybill.copy" send -N "${P}R" --in r0 "$packet"
for cap in net_admin:--in:r0 sys_admin:--in:r0 net_raw:--out net_raw:--out:--mark:1 setuid:--out:--uid:33; do
	IFS=: read -ra words <<<"$cap"
	# shellcheck disable=SC2046
	refused "root without ${words[0]} (${words[*]:1})" "missing: CAP_${words[0]^^} " \
		"${in_r[@]}" $(without "${words[0]}") "$DIR/waybill.copy" send "${words[@]:1}" "$packet"
done
if "${nobody[@]}" unshare -Urn true 2>"$DIR/err"; then
	refused "root of a user namespace" "user namespace's rights do not do" \
		"${nobody[@]}" unshare -Urn sh -c "ip link set lo up && exec '$DIR/waybill.copy' send --in lo '$packet'"
	refused "... also by -N" "-N ${P}R: it can't be entered: Operation not permitted" \
		"${nobody[@]}" unshare -Urn "$DIR/waybill.copy" send -N "${P}R" --in r0 "$packet"
else
	skip "root of a user namespace" "$(head -1 "$DIR/err")"
fi
kill -INT $capture
wait $capture
tcpdump -nr "$DIR/r0.pcap" >"$DIR/screen" 2>/dev/null
check "and none of it was seen" [ ! -s "$DIR/screen" ]
rm -f "$DIR/screen"
for at in "" "--in r0"; do
	# shellcheck disable=SC2086
	"${in_r[@]}" "${nobody[@]}" "$DIR/waybill.copy" send --dry $at "$packet" >"$DIR/out" 2>"$DIR/err"
	check "to describe a packet takes no rights${at:+, $at neither}" \
		grep -q "^udp 10.1.0.1:[0-9]* > 10.1.0.254:9100 ttl${at:+.* dmac $(mac R r0)}" "$DIR/out"
done
end_of_checks
