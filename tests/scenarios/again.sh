#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Scenarios run twice, as TAP: by their traffic, and in the same network, made anew, by `waybill send`
# with the packets that were captured where the first one died (or in words, where this host sent it).
# Both must tell the same outcome, station and decider. More than one in twenty that differ are a
# failure. Usage: again.sh [ID ...], else all of the tables of firewalls and routing; JOBS at a time, in
# MODE. On another kernel: tests/kernels/boot.sh SERIES env START_TENTHS=1200 SETTLE=1 this ID ...
set -u
cd "$(dirname "$0")/../.." || exit 1
tables=(tests/scenarios/{public,more_firewall,more_ipv4,more_ipv6}.txt)

if [ "${1:-}" != --one ]; then
	# shellcheck disable=SC2046
	[ $# -gt 0 ] || set -- $(awk '/^id: [NnIiv]/{print $2}' "${tables[@]}")
	said=$(mktemp)
	trap 'rm -f "$said"' EXIT
	printf '%s\n' "$@" | xargs -P "${JOBS:-2}" -n 1 "$0" --one >"$said" 2>&1
	awk '/^(ok|not ok) / { n++; sub(/ - /, " " n " - ") } {print} END {print "1.." n}' "$said"
	same=$(grep -c '^ok .*same$' "$said")
	differ=$(grep -c '^not ok' "$said")
	echo "# $same the same, $differ differ, $(grep -c '# SKIP' "$said") left out"
	[ "$same" -gt 0 ] && [ $((differ * 20)) -le $((same + differ)) ]
	exit
fi
. tests/lib.sh
. tests/scenarios/row.sh
TABLES="${tables[*]}"
own_place wa "$2"
CG=$(cgroup_root)/$P
export CG
read_row "$(table_of "$2")" "$2"
case $traffic in
*nf_conntrack_max*) echo "ok - $id # SKIP a limit of the whole machine decides, which its traffic sets"; exit 0 ;;
esac
left_out() { echo "ok - $id # SKIP $1"; exit 0; }
netns_of() { echo "${1#"$P"}"; }

# The second network has the MAC addresses of the first: they stand in what was captured.
eval "$(declare -f network | sed '1s/network/make_network/')"
network() {
	local at address
	make_network "$@" || return
	if [ ! -e "$DIR/macs" ]; then
		for at in A:c0 R:r0 R:r1 R:p0 R:p1 B:s0; do
			address=$(mac "${at%:*}" "${at#*:}" 2>/dev/null) && echo "$at $address"
		done >"$DIR/macs"
		return
	fi
	while read -r at address; do
		ip -n "$P${at%:*}" link set "${at#*:}" address "$address"
	done <"$DIR/macs"
	[ "$1" != bridge ] || for at in A B; do ip -n "$P$at" neigh flush all; done
	# who has another address now is no longer known
	case $1 in
	bridge) A ping -qc1 -W2 10.3.0.2 ;;
	router6) A ping -6 -qc1 -W2 fd02::2; A ping -qc1 -W2 10.2.0.2 ;;
	*) A ping -qc1 -W2 10.2.0.2 ;;
	esac >/dev/null
}

# --- by its traffic; what came in at each device is kept ---
set_up || exit 0
[[ $needs != *" fentry "* ]] || left_out "only fexit programs tell it"
own=(-N "${P}A" -N "${P}R" -N "${P}B")
captures=()
for h in A R B; do
	for dev in $(ip netns exec "$P$h" ls /sys/class/net); do
		[ "$dev" != lo ] || continue
		ip netns exec "$P$h" tcpdump -Unpi "$dev" -Q in -w "$DIR/$h.$dev.pcap" 'not arp' 2>"$DIR/$h.$dev.err" &
		captures+=($!)
		within 200 grep -qs listening "$DIR/$h.$dev.err"
	done
done
disown -a # or the traffic's own "wait" waits for them
start_waybill trace -j ${MODE:+--mode $MODE} "${own[@]}" -- 'not arp' || left_out "waybill did not start"
act
sleep "${SETTLE:-0.3}"
stop_waybill
ended() { ! kill -0 "${captures[@]}" 2>/dev/null; }
kill "${captures[@]}" 2>/dev/null # that of a device that is gone has ended
within 200 ended
judge >"$DIR/judged" || left_out "its traffic ends otherwise here: $(head -1 "$DIR/judged")"
told='[.outcome, .drop.layer, .drop.station, ((.drop.decider // .steps[0].decider // {}) |
	.kind, .handle, .chain, .rule_number)]'
# of what arrived the one that got furthest: a fragment's journey ends where it is put together
real=$(jq -c --arg text "$text" "$(mine) | select($ends and $tells)" "$DIR/out" |
	jq -sc 'if .[0].outcome == "delivered" then max_by(.steps | length) else .[0] end // empty')

# --- again ---
where=$(jq -r '.drop.netns // .steps[-1].netns // ""' <<<"$real")
h=$(netns_of "$where")
dev=$(jq -r --arg n "$where" '[.steps[] | select(.netns == $n and .station == "rx") | .dev][0] // ""' <<<"$real")
words=$(jq -r '.packet | (.family == "ipv6") as $six | .src //= (if $six then "::" else "0.0.0.0" end) |
	if .dport then "\(.proto) \(if $six then "[\(.src)]" else .src end)\(if .sport then ":\(.sport)" else "" end) > " +
	"\(if $six then "[\(.dst)]" else .dst end):\(.dport)" else "\(.proto) \(.src) > \(.dst)" end' <<<"$real")
[ "$(jq -r '.sender_sees == "eacces" and .steps[0].decider == null' <<<"$real")" != true ] || left_out "its sender's own socket decides: it may send no broadcasts"
[ "$(jq -r '.packet.family + " " + (.drop.station // "")' <<<"$real")" != "ipv6 defrag" ] || left_out "IPv6 puts fragments together behind INPUT, where made ones are swallowed"
bytes=$(jq -r 'select(.packet.dport and .outcome != "never_sent") | .packet.len // 0' <<<"$real")
# of a send that failed before there was a packet the traffic alone knows how long it was
[ -n "$bytes" ] || bytes=$(grep -oE '(size=|-s )[0-9]+' <<<"$traffic" | grep -oE '[0-9]+$' | head -1)
words+=${bytes:+ len $bytes}
# -r puts the device's own MAC address in; where the frame's own decides, it is said in words
[[ $(jq -r .drop.reason <<<"$real") != OTHERHOST ]] ||
	mac=$(tcpdump -enr "$DIR/$h.$dev.pcap" 2>/dev/null | grep -oE '> [0-9a-f:]{17},' | head -1 | tr -d '>, ')
[[ $h == [ARB] ]] || left_out "nobody knows where it was"
clean_network
rm -f "$DIR/waybill"
set_up >/dev/null || left_out "the network could not be made again"
# who sits beside the traffic (a socket, a program, who answers a queue) sits here until the end
while read -r sitter; do
	eval "$sitter" >/dev/null 2>&1
done < <(grep -oE '\b[ARB] [^&;]*&( |$)' <<<"$traffic" |
	sed -E 's/((NFQUEUE|nf_drop) [^ ]+|[A-Z]+-[A-Z]+ [^ ]+ [^ ]+) [0-9.]+/\1 60/')
disown -a
sleep "${SETTLE:-0.3}"
# what a socket or a neighbour decides is behind the swallowers; connections are counted by some rules
lift=(--keep-conntrack)
case $(jq -r '.drop | "\(.layer) \(.station)"' <<<"$real") in
socket*) lift+=(--deliver) ;;
*neighbour) lift+=(--let-out) ;;
esac
if [ -n "${mac:-}" ]; then
	"$WAYBILL" send -j ${MODE:+--mode $MODE} "${lift[@]}" -N "$P$h" --in "$dev" "$words dmac $mac" >"$DIR/made" 2>"$DIR/err"
elif [ -n "$dev" ]; then
	[ -s "$DIR/$h.$dev.pcap" ] || left_out "nothing was captured at $dev"
	"$WAYBILL" send -j ${MODE:+--mode $MODE} "${lift[@]}" -N "$P$h" --in "$dev" -r "$DIR/$h.$dev.pcap" >"$DIR/made" 2>"$DIR/err"
else
	"$WAYBILL" send -j ${MODE:+--mode $MODE} "${lift[@]}" -N "$P$h" --out "$words" >"$DIR/made" 2>"$DIR/err"
fi
grep -q '"made":true' "$DIR/made" || left_out "no such packet is put in: $(grep -vE ' tracing |: (in at|sent here)' "$DIR/err" | head -1)"
want=$(jq -c "$told" <<<"$real")
if jq -c "select(.made) | $told" "$DIR/made" | grep -qxF "$want"; then
	echo "ok - $id: the same"
else
	echo "not ok - $id: its traffic $want"
	jq -c "select(.made) | $told" "$DIR/made" | sort -u | head -3 | sed 's/^/# made /'
	exit 1
fi
