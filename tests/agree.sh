#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The same loss, followed and counted: what trace and drops say of it (layer, station, reason and who
# decided it) must be one answer. Networks of the scenarios' tables, each with its traffic twice, two
# with one waybill. One that differs beside another is tried once more by itself, because a look
# afterwards can come too late on a busy machine. As TAP.
# Usage: agree.sh [ID ...]; MODE chooses waybill's mode.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
. tests/scenarios/row.sh
[ $# -gt 0 ] || set -- N01 N04 N05 N16 I01 I03 X01 X08
own_place wba agree
all=$P
place=$DIR
trap leave_all EXIT
ids=("$@")

# Who decided, by what names it: counts and what was found on the way may differ.
who='(.decider // {} | [.kind, .table, .chain, .handle, .rule_number, .name, .cause, .type] | map(select(. != null) | tostring) | join(" "))'
losses() { # FILTER, of a list of drops
	jq -r "$1 | select(.netns // \"\" | startswith(\"$P\")) | [.layer, .station, .reason, $who] | join(\" | \")" | sort -u
}
# The traffic of these networks under one waybill.
under() { # COMMAND, then IDs
	local i own=()

	for i in "${@:2}"; do own+=(-N "$all-$i-A" -N "$all-$i-R" -N "$all-$i-B"); done
	DIR=$place
	start_waybill "$1" -j ${MODE:+--mode $MODE} "${own[@]}" -- 'not arp' || return 1
	for i in "${@:2}"; do
		enter "$i"
		(act) # a shell of its own, in which "wait" waits for nothing else
		sleep "${SETTLE:-0.3}"
	done
	DIR=$place
	stop_waybill
}
# What both say of each of these networks, into its folder.
ask() { # IDs
	local i

	under trace "$@" && mv "$place/out" "$place/trace" && under drops "$@" || return
	for i in "$@"; do
		enter "$i"
		losses 'select(.type == "journey" and .outcome == "dropped") | .drop' <"$place/trace" >"$DIR/followed"
		grep '"final":true' "$place/out" | losses '.sites[]' >"$DIR/counted"
	done
}
agree() { [ -s "$DIR/followed" ] && diff "$DIR/followed" "$DIR/counted"; }

ready=()
for i in "${ids[@]}"; do
	mkdir "$place/$i"
	enter "$i"
	if set_up >"$DIR/why" 2>&1; then
		ready+=("$i")
	else
		skip "$i" "$(tail -1 "$DIR/why" | sed 's/.*SKIP //')"
	fi
done
for ((at = 0; at < ${#ready[@]}; at += 2)); do
	ask "${ready[@]:at:2}"
	for i in "${ready[@]:at:2}"; do
		enter "$i"
		agree >"$DIR/first" || { ask "$i"; enter "$i"; sed 's/^/# beside another: /' "$DIR/first"; }
		check "$i: one answer" agree
	done
done
end_of_checks
