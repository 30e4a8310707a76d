#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# All scenarios of a table, or the ones named, as TAP: JOBS at a time, those that need it alone.
# Usage: run.sh [ID ...]
set -u
cd "$(dirname "$0")/../.." || exit 1
table=${TABLE:-tests/scenarios/public.txt}
[ $# -gt 0 ] || set -- $(awk '/^id: /{print $2}' "$table")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
alone=" $(awk '/^id: /{id = $2} /^alone: yes/{print id}' "$table" | tr '\n' ' ') "

together=() last=()
for id in "$@"; do
	if [[ $alone == *" $id "* ]]; then last+=("$id"); else together+=("$id"); fi
done
[ ${#together[@]} -gt 0 ] && printf '%s\n' "${together[@]}" |
	xargs -P "${JOBS:-3}" -I{} bash -c "tests/scenarios/one.sh '$table' {} >'$dir/{}' 2>&1 </dev/null"
for id in "${last[@]}"; do
	tests/scenarios/one.sh "$table" "$id" >"$dir/$id" 2>&1 </dev/null
done
echo "1..$#"
n=0
for id in "$@"; do
	n=$((n + 1))
	grep -E '^(ok|not ok) ' "$dir/$id" | head -1 | sed -E "s/^(ok|not ok) /\1 $n /" |
		grep . || echo "not ok $n - $id: no result"
	grep '^#' "$dir/$id"
done
! grep -qh '^not ok' "$dir"/*
