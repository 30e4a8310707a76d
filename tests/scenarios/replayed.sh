#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Scenarios that are recorded while trace tells them, as TAP: once their network is gone, read tells
# from the recording what the row expects, and of each packet that trace told of the same end, place
# and decider. One after the other: who asks first is chance on a busy machine, and may find a process that
# is gone when the other asks. Usage: replayed.sh [ID ...], else some of each family; JOBS at a time.
set -u
cd "$(dirname "$0")/../.." || exit 1

if [ "${1:-}" != --one ]; then
	# rules of both tools, policies, conntrack, a queue of netfilter's, a BPF program there, a cgroup, tc,
	# XDP, IPsec, a sysctl, a rule of routing, a neighbour, a bridge, sockets
	[ $# -gt 0 ] || set -- n-legacy-comment B02 N07l N24 k-queue-nobody n-bpf-forward K13 X09 X01 s-xfrm-in \
		I01 i-rule-prohibit I17 B01 k-other-address k-nobody-reads
	said=$(mktemp)
	trap 'rm -f "$said"' EXIT
	printf '%s\n' "$@" | xargs -P "${JOBS:-1}" -I{} "$0" --one {} >"$said" 2>&1
	awk '/^(ok|not ok) / { n++; sub(/ - /, " " n " - ") } {print} END {print "1.." n}' "$said"
	! grep -q '^not ok' "$said" && grep -q '^ok' "$said"
	exit
fi
. tests/lib.sh
. tests/scenarios/row.sh
own_place wy "$2"
CG=$(cgroup_root)/$P
export CG
read_row "$(table_of "$2")" "$2"
set_up || exit $(($? == 1))
own=()
for netns in ${only:-A R B}; do
	own+=(-N "$P$netns")
done
start_waybill record -w "$DIR/x.wb" "${own[@]}" -- 'not arp' || { echo "not ok - $id: record did not start"; exit 1; }
recorder=$WAYBILL_PID
mv "$DIR/err" "$DIR/recorded"
start_waybill trace -j "${own[@]}" -- 'not arp' || { echo "not ok - $id: trace did not start"; exit 1; }
can_tell "$DIR/out" || exit 0
sleep 0.5 # both have looked at the rules by then, and ask at once what is true for some milliseconds only
# a limit that would be lifted behind the last packet holds until its four losses are told
four_told() { [ "$(grep -c NETFILTER_DROP "$DIR/out")" -ge 4 ]; }
case $traffic in
*nf_conntrack_max) traffic=${traffic/; echo \$old/; within 100 four_told; echo \$old} ;;
esac
act
sleep "${SETTLE:-0.3}"
stop_waybill
WAYBILL_PID=$recorder
stop_waybill
cp "$DIR/out" "$DIR/live"
clean_network
"$WAYBILL" read -r "$DIR/x.wb" -j >"$DIR/out" 2>"$DIR/err"
judge >"$DIR/judged" || { sed 's/^not ok - [^:]*/& read from its recording/' "$DIR/judged"; exit 1; }
told='(.drop.decider // .steps[0].decider // .steps[-1].decider) as $d | select(.drop or $d) | [.packet.src, .packet.sport, .packet.dst, .packet.dport, .outcome, .drop.layer,
	.drop.station, .drop.reason, ($d // {} | .kind, .family, .table, .chain, .handle, .rule, .rule_number, .name, .prefix, .cause,
	(.candidates // [] | map(.kind)))]'
for f in live out; do
	jq -c "$(mine) | $told" "$DIR/$f" | sort -u >"$DIR/$f.told"
done
# the recording goes on for longer
if ! comm -23 "$DIR/live.told" "$DIR/out.told" | tee "$DIR/differs" | grep -q .; then
	echo "ok - $id: $(wc -l <"$DIR/live.told") told alike"
else
	echo "not ok - $id: not told alike"
	sed 's/^/# live /' "$DIR/differs" | head -3
	sed 's/^/# read /' "$DIR/out.told" | head -3
	exit 1
fi
