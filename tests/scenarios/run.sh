#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# All scenarios of all tables (or of TABLE), or the ones named, as TAP: JOBS at a time, SHARED of them
# with one waybill (together.sh), those that need it alone. One that fails beside others is run once
# more by itself, because a look afterwards can come too late on a busy machine; its first failure is
# printed all the same. Usage: run.sh [ID ...]
set -u
cd "$(dirname "$0")/../.." || exit 1
tables=(tests/scenarios/*.txt)
[ -z "${TABLE:-}" ] || tables=("$TABLE")
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(awk '/^id: /{print $2}' "${tables[@]}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
alone=" $(awk '/^id: /{id = $2} /^(alone|only): /{print id}' "${tables[@]}" | tr '\n' ' ') "
. tests/scenarios/row.sh
one() { tests/scenarios/one.sh "$(table_of "$1")" "$1" >"$dir/$1" 2>&1 </dev/null; }
export TABLES="${tables[*]}"

together=() last=()
for id in "$@"; do
	if [[ $alone == *" $id "* ]]; then last+=("$id"); else together+=("$id"); fi
done
[ ${#together[@]} -gt 0 ] && printf '%s\n' "${together[@]}" |
	xargs -P "${JOBS:-3}" -n "${SHARED:-2}" tests/scenarios/together.sh "$dir"
for id in "${last[@]}"; do
	one "$id"
done
for id in "${together[@]}"; do
	touch "$dir/$id"
	grep -q '^ok' "$dir/$id" && continue
	mv "$dir/$id" "$dir/first.$id"
	one "$id"
	sed 's/^/# beside others: /' "$dir/first.$id" >>"$dir/$id"
	rm "$dir/first.$id"
done
echo "1..$#"
n=0
failed=0
for id in "$@"; do
	n=$((n + 1))
	result=$(grep -m 1 -E '^(ok|not ok) ' "$dir/$id" || echo "not ok - $id: no result")
	sed -E "s/^(ok|not ok) /\1 $n /" <<<"$result"
	grep '^#' "$dir/$id"
	[[ $result == ok* ]] || failed=1
done
exit $failed
