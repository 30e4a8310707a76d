#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What holds for the sources themselves, as TAP: licence lines, who includes whom, sizes, shell style.
set -u
cd "$(dirname "$0")/.." || exit 1
n=0
report() { # NAME, findings on standard input
	local found
	found=$(cat)
	n=$((n + 1))
	if [ -z "$found" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "$found" | head -20 | sed 's/^/# /'
		failed=1
	fi
}
failed=0

licences() {
	find src bpf include vmlinux tests \( -name '*.[ch]' -o -name '*.sh' \) |
		while read -r f; do head -3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || echo "$f"; done
}
report "every file has its licence line" < <(licences)

# A file may include its own room, util/, model/ and waybill/; causes ask host/ and firewall/; only
# cmd/ may include every room.
includes() {
	grep -nE '^#include "[a-z]+/' src/*/*.[ch] | awk -F: '{
	split($1, p, "/"); room = p[2]; split($3, q, "\""); split(q[2], r, "/"); to = r[1]
	if (room == "causes" && (to == "host" || to == "firewall")) next
	if (room != "cmd" && to != room && to != "util" && to != "model" && to != "waybill") print $0
	if (room == "util" && to != "util") print $0
	if (room == "model" && to == "collect") print $0 }'
}
report "each room includes only what it may" < <(includes)

report "no file has outgrown its room" < <(wc -l src/*/*.[ch] bpf/*.[ch] | awk '$2 != "total" && $1 > 400 {print $1, $2}')

wide() {
	for f in src/*/*.[ch] bpf/*.[ch] include/waybill/*.h vmlinux/*.h; do
		expand "$f" | LC_ALL=C.UTF-8 grep -nE '^.{101}' | sed "s|^|$f:|"
	done
}
report "no line is wider than 100 columns" < <(wide)

report "nothing names a machine's own paths" < <(grep -nIE '/(work|farm)/|/var/cache/waybill-dev' -r src bpf include vmlinux tests man README.md Makefile 2>/dev/null |
	grep -v 'tests/check.sh')

if command -v scdoc >/dev/null; then
	report "the manual page can be made" < <(scdoc <man/waybill.8.scd 2>&1 >/dev/null)
else
	n=$((n + 1))
	echo "ok $n - the manual page can be made # SKIP no scdoc"
fi

if command -v shellcheck >/dev/null; then
	report "shellcheck has nothing to say" < <(find tests -name '*.sh' -exec shellcheck -s bash -S warning -x {} +)
else
	n=$((n + 1))
	echo "ok $n - shellcheck # SKIP not installed"
fi
echo "1..$n"
exit $failed
