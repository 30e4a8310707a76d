#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Scenarios that are recorded while trace tells them, as TAP: once their network is gone, read tells
# from the recording what the row expects, and of each packet the same end, place and decider as
# trace did. Usage: replayed.sh [ID ...], else some of every family; JOBS at a time.
set -u
cd "$(dirname "$0")/../.." || exit 1

if [ "${1:-}" != --one ]; then
	# a family of causes each: rules of both kinds, a policy, routes, neighbours, sysctls, sockets, a
	# bridge, tc, XDP, a queue, IPsec
	# shellcheck disable=SC2046
	[ $# -gt 0 ] || set -- N01 N03 N04 N05 N07 N07l N09
	said=$(mktemp)
	trap 'rm -f "$said"' EXIT
	printf '%s\n' "$@" | xargs -P "${JOBS:-2}" -n 1 "$0" --one >"$said" 2>&1
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
act
sleep "${SETTLE:-0.3}"
stop_waybill
WAYBILL_PID=$recorder
stop_waybill
cp "$DIR/out" "$DIR/live"
clean_network
"$WAYBILL" read -r "$DIR/x.wb" -j >"$DIR/out" 2>"$DIR/err"
judge >"$DIR/judged" || { sed 's/^not ok - [^:]*/& read from its recording/' "$DIR/judged"; exit 1; }
told='select(.type == "journey" and .drop) | [.packet.src, .packet.sport, .packet.dst, .packet.dport, .outcome, .drop.layer,
	.drop.station, .drop.reason, ((.drop.decider // {}) | .kind, .family, .table, .chain, .handle, .rule, .rule_number, .name, .prefix, .cause,
	(.candidates // [] | map(.kind)))]'
for f in live out; do
	jq -c "$(mine) | $told" "$DIR/$f" | sort -u >"$DIR/$f.told"
done
if diff "$DIR/live.told" "$DIR/out.told" >"$DIR/diff"; then
	echo "ok - $id: $(wc -l <"$DIR/out.told") told alike"
else
	echo "not ok - $id: not told alike"
	head -6 "$DIR/diff" | sed 's/^/# /'
	exit 1
fi
