#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The fuzzers for FUZZ_SECONDS each (default 5), as TAP; built with libFuzzer, ASan and UBSan. What
# they have learned stays in $O/fuzz/corpus, what broke them in $O/fuzz.
set -u
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}
seconds=${FUZZ_SECONDS:-5}
here=$O/fuzz
mkdir -p "$here"
if ! clang -fsanitize=fuzzer,address -x c -o "$here/try" - 2>"$here/log" <<<'int LLVMFuzzerTestOneInput(const char *d, unsigned long n); int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d && n; }'; then
	echo "1..0 # SKIP clang has no libFuzzer or ASan here (Debian: libclang-rt-14-dev)"
	exit 0
fi
make --no-print-directory -j"$(nproc)" O="$here" CC=clang fuzzers \
	SAN="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" >"$here/log" 2>&1 ||
	{ tail -20 "$here/log"; echo "Bail out! the fuzzers do not build"; exit 1; }
n=0
failed=0
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	options=(-max_total_time="$seconds" -timeout=10 -max_len=65536 -artifact_prefix="$here/$name-" -print_final_stats=1)
	[ -f "tests/fuzz/$name.dict" ] && options+=(-dict="tests/fuzz/$name.dict")
	mkdir -p "$here/corpus/$name"
	n=$((n + 1))
	if "$here/tests/fuzz/$name" "${options[@]}" "$here/corpus/$name" >"$here/$name.log" 2>&1; then
		echo "ok $n - $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$here/$name.log") inputs"
	else
		echo "not ok $n - $name"
		grep -aE 'ERROR|SUMMARY|runtime error|Test unit written|^    #[0-9] ' "$here/$name.log" | head -20 | sed 's/^/# /'
		failed=1
	fi
done
echo "1..$n"
exit $failed
