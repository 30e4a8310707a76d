#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Scenarios that share one waybill, each in a network of its own, one after the other: starting waybill
# takes longer than most traffic. It looks at these networks only if they are two; more than -N can
# name must have the machine for themselves. Rows with "only" or "alone" can't share.
# Usage: together.sh FOLDER ID...; leaves the TAP line of each in FOLDER/ID. MODE as for one.sh.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/scenarios/row.sh
verdicts=$1
shift
ids=("$@")
own_place wb together
all=$P
place=$DIR
trap leave_all EXIT

ready=()
for i in "${ids[@]}"; do
	mkdir "$place/$i"
	enter "$i"
	set_up >"$verdicts/$i" 2>&1 && ready+=("$i")
done
own=()
if [ ${#ids[@]} -le 2 ]; then
	for i in "${ready[@]}"; do own+=(-N "$all-$i-A" -N "$all-$i-R" -N "$all-$i-B"); done
fi
DIR=$place
if [ ${#ready[@]} -eq 0 ]; then
	exit 0
elif ! start_waybill trace -j ${MODE:+--mode $MODE} "${own[@]}" -- 'not arp' >"$place/why"; then
	for i in "${ready[@]}"; do { echo "not ok - $i"; cat "$place/why"; } >"$verdicts/$i"; done
	exit 1
fi
told=()
for i in "${ready[@]}"; do
	enter "$i"
	can_tell "$place/out" >"$verdicts/$i" || continue
	(act) # a shell of its own, in which "wait" waits for nothing else
	sleep "${SETTLE:-0.3}" # what waybill looks up now must not wait behind the next one's packets
	told+=("$i")
done
DIR=$place
stop_waybill
for i in "${told[@]}"; do
	enter "$i"
	jq -c "$(mine), select(.type == \"summary\")" "$place/out" >"$DIR/out"
	judge >"$verdicts/$i" 2>&1
done
exit 0
