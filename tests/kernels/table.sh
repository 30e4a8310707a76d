#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# README.md's table of which station is observed in which mode on which kernel, by "waybill check".
#   table.sh seen               what check -j says here, mode by mode
#   table.sh compare SERIES     such lines on standard input against README.md: prints what differs
#   table.sh print SERIES...    boots the kernels, and prints the table with this machine's column
set -u
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}

seen() {
	for m in fentry kprobe tracepoint; do "$O/waybill" check -j --mode $m 2>/dev/null; done
}

# Of such lines: "STATION LETTERS", a letter for each mode that observes the station.
column() {
	jq -rs '[.[] | select(.type == "check")] as $c | $c[0].stations | keys_unsorted[] as $s | "\($s) \(
		[$c[] | if .stations[$s] then .mode[0:1] else "-" end] | add)"'
}

readme_column() { # SERIES
	awk -F ' *[|] *' -v s="$1" '
		/^[|] station / { for (i = 2; i < NF; i++) if ($i == s) c = i }
		c && $2 ~ /^[a-z_.]+$/ && $2 != "station" && $c ~ /^[-fkt]+$/ { print $2, $c }' README.md
}

print_table() {
	local s
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	for s in "$@"; do
		tests/kernels/boot.sh "$s" tests/kernels/table.sh seen | column >"$dir/$s"
	done
	seen | column >"$dir/here"
	set -- "$@" here
	printf '| station |'; printf ' %s |' "$@"; echo
	printf '|---|'; printf -- '---|%.0s' "$@"; echo
	awk '{print $1}' "$dir/$1" | while read -r station; do
		printf '| %s |' "$station"
		for s in "$@"; do printf ' %s |' "$(awk -v x="$station" '$1 == x {print $2}' "$dir/$s")"; done
		echo
	done
}

case ${1:-} in
seen) seen ;;
compare) diff <(readme_column "$2") <(column) ;;
print) shift; print_table "$@" ;;
*) sed -n '3,6p' "$0" >&2; exit 2 ;;
esac
