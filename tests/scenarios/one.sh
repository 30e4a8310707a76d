#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs one scenario of a table and prints its TAP line without number: ok|not ok|skip.
# Usage: one.sh TABLE ID; MODE chooses waybill's mode, ONLY the namespaces that it looks at where the
# row does not, KEEP=1 leaves the network and the output.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/scenarios/row.sh
own_place wb "$2"
CG=$(cgroup_root)/$P
export CG
read_row "$1" "$2"
set_up || exit $(($? == 1))
# only this network: another test's traffic on the same machine is not for us to follow
own=()
for netns in ${only:-${ONLY:-A R B}}; do
	own+=(-N "$P$netns")
done
start_waybill trace -j ${MODE:+--mode $MODE} "${own[@]}" -- 'not arp' || { echo "not ok - $id"; exit 1; }
can_tell "$DIR/out" || exit 0
act
sleep "${SETTLE:-0.3}"
stop_waybill
judge
