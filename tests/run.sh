#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# All tests through prove, whose last lines count them. As root, after 'make all tools'.
set -u
cd "$(dirname "$0")/.." || exit 1
export O=${O:-build}
[ "$(id -u)" = 0 ] || { echo "the tests make network namespaces: run 'make test' as root" >&2; exit 1; }
mapfile -t names < <(find tests/unit -name 'test_*.c' -printf '%f\n' | sort)
units=()
for n in "${names[@]}"; do
	units+=("$O/tests/unit/${n%.c}")
done
make --no-print-directory -j"$(nproc)" O="$O" "${units[@]}" || exit 1
export CMOCKA_MESSAGE_OUTPUT=TAP
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export FAILED=$dir/failed
touch "$FAILED"
prove --timer -e tests/kept.sh "${units[@]}" tests/check.sh tests/check_btf.sh tests/fuzz/run.sh tests/behaviour.sh tests/recording.sh tests/others_read.sh tests/flows.sh \
	tests/hostile.sh tests/attach.sh tests/attach_tc.sh tests/send.sh tests/send_words.sh tests/send_would.sh tests/send_policy.sh tests/nft_trace.sh tests/questions.sh tests/limits.sh tests/export.sh tests/top.sh \
	tests/property.sh tests/agree.sh tests/scenarios/run.sh tests/scenarios/drops.sh tests/scenarios/copies.sh tests/scenarios/links.sh tests/scenarios/replayed.sh tests/kernels/run.sh | tee "$dir/all"
result=${PIPESTATUS[0]}
if [ -s "$FAILED" ]; then # by name, and then the lines that count once more
	head -n 60 "$FAILED"
	tail -n 2 "$dir/all"
fi
exit "$result"
