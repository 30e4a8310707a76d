#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Everything that the BPF programs read of the kernel, and all of vmlinux.h, against the BTF of the
# running kernel and of Debian's (tests/kernels), as TAP. After 'make all tools'. A kernel that can't
# be had is a skip. Usage: check_btf.sh [SERIES ...]
set -u
cd "$(dirname "$0")/.." || exit 1
O=${O:-build}
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 7.2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
n=1
kernels=()
skip() {
	echo "ok $n - $1 # SKIP $2"
	n=$((n + 1))
}
if [ -r /sys/kernel/btf/vmlinux ]; then
	kernels+=("$(uname -r)=/sys/kernel/btf")
else
	skip "the running kernel" "it has no BTF"
fi
for series in "$@"; do
	if dir=$(tests/kernels/btf.sh "$series" 2>"$stage/why"); then
		kernels+=("$series=$dir")
	else
		skip "$series" "$(tail -1 "$stage/why")"
	fi
done
if [ ${#kernels[@]} -eq 0 ]; then
	skip "fields" "no kernel's BTF is at hand"
	echo "1..$((n - 1))"
	exit 0
fi

# A variable of each type between the pragmas of vmlinux.h, so that its BTF is complete.
{
	echo '#include "vmlinux.h"'
	sed -n '/attribute push/,/attribute pop/p' vmlinux/vmlinux.h |
		sed -nE 's/^(struct|union) ([A-Za-z0-9_]+) \{$/\1 \2 a_\2;/p; s/^\} ([A-Za-z0-9_]+);$/\1 a_\1;/p'
} >"$stage/types.c"
clang -g -O2 -target bpf -Ivmlinux -c "$stage/types.c" -o "$stage/types.o" || exit 1
"$O/tests/btf_check" "$n" "$O/waybill.bpf.o,$O/send.bpf.o" "$stage/types.o" "${kernels[@]}"
