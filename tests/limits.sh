#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Many of what a machine may have many of, as TAP: all of it is told, and in time.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbl limits

host A 1 # without IPv6, whose addresses would take longer to come than all of this
many() {
	for i in $(seq 1 1000); do
		echo "link add a$i type veth peer name b$i"
	done
	for i in $(seq 1 1000); do
		echo "link set a$i up"
		echo "link set b$i up"
	done
}
many | A ip -batch - 2>/dev/null
for i in $(seq 1 50); do
	echo "qdisc add dev a$i clsact"
	echo "filter add dev a$i ingress protocol ip u32 match ip dst 10.3.0.0/16 action drop"
done | A tc -batch - 2>/dev/null
devices=$(A ip -j link | jq length)
filters=$(for i in $(seq 1 50); do A tc filter show dev "a$i" ingress; done | grep -c ' fh .* terminal\| fh .* not_in_hw')

# The second attempt is for a machine that does something else, too.
in_time() {
	local begin
	for _ in 1 2; do
		begin=$(date +%s%N)
		A "$WAYBILL" stations -j >"$DIR/stations" 2>"$DIR/err" || return 1
		took=$((($(date +%s%N) - begin) / 1000000))
		[ $took -lt 3000 ] && return
	done
	echo "$took ms"
	return 1
}
has() { # HOW MANY, JQ
	local found
	found=$(jq -s "[.[] | select($2)] | length" "$DIR/stations")
	echo "$found of $1"
	[ "$found" = "$1" ]
}
check "stations of $devices interfaces take less than 3 s" in_time
check "... and nothing could not be read" test ! -s "$DIR/err"
check "... each of them is told" has "$devices" '.kind == "sysctl" and .dev and (.text | test("rp_filter"))'
check "... each qdisc, too" has "$(A tc -j qdisc | jq length)" '.kind == "qdisc"'
check "... and each tc filter" has "$filters" '.kind == "tc_filter"'
alone() {
	A "$WAYBILL" stations -j -i b7 >"$DIR/stations" && has 1 '.kind == "qdisc"' && has 0 '.dev and .dev != "b7"'
}
check "one interface alone is told alone" alone
end_of_checks
