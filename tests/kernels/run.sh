#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The scenarios on other kernels, in each way to observe functions, as TAP: one subtest a kernel and
# mode, one for --attach tc: where there are no tc links (attach_tc.sh), one for counting (drops.sh),
# one for modules that are loaded while waybill runs (late.sh), and one for README.md's table of
# stations (table.sh).
# Usage: run.sh [SERIES ...]; MODES and SCENARIOS choose ("all" scenarios for the whole table). A kernel
# that can't be fetched is a skip, one that doesn't come to the end is a failure. Without the kernel's
# kprobes or fentry a mode's scenarios say so, each as a skip.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 7.2
modes=${MODES:-auto kprobe tracepoint}
# By default one of each family in the mode that users get (fentry and, where there is one,
# kprobe.multi), on one kernel one of each kind of decider, and the most telling in the others:
# under emulation the whole table takes half an hour a mode.
deciders_on=6.12
deciders="N07 N07l N24 n-nat-no-port n-queue n-bpf-forward K04 K13 s-cgroup-connect I02 i-rule-prohibit
	I06 I17 X11 B04 x-dispatcher-two x-dispatcher-seen x-mirred-down s-xfrm-in T01"
filters_on=6.1 # has no tc links
scenarios=${SCENARIOS:-}
scenarios_of() { # SERIES MODE
	case ${scenarios:-$2} in
	all) ;;
	auto)
		echo N04 N05 N12 N16 I01 X01 X08 K01
		[ "$1" != "$deciders_on" ] || echo "$deciders"
		;;
	fentry | kprobe | tracepoint) echo N04 N16 X01 ;;
	*) echo "$scenarios" ;;
	esac
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
n=0
failed=0

verdict() { # OK NAME, the subtest's own lines on standard input
	n=$((n + 1))
	sed 's/^/    /'
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

# Emulation is 10 to 50 times slower than the machine, detaching most of all.
inside_of() { # SERIES
	local m

	# the table first, while all of its modules are loaded
	echo "export JOBS=1 START_TENTHS=600 STOP_TENTHS=600 SETTLE=1
echo '=== begin seen'; tests/kernels/table.sh seen; echo '=== end seen'"
	for m in $modes; do
		echo "echo '=== begin $m'"
		echo "MODE=$m tests/scenarios/run.sh $(scenarios_of "$1" "$m" | xargs); echo '=== end $m'"
	done
	[ "$1" != "$filters_on" ] ||
		echo "echo '=== begin tc'; MODE=tracepoint tests/attach_tc.sh; echo '=== end tc'"
	[ "$1" != "$deciders_on" ] ||
		echo "echo '=== begin drops'; tests/scenarios/drops.sh g01; echo '=== end drops'"
	echo "echo '=== begin modules'; tests/kernels/late.sh; echo '=== end modules'"
}

parts_of() { # SERIES: those that only some have
	[ "$1" != "$filters_on" ] || echo tc
	[ "$1" != "$deciders_on" ] || echo drops
}

command -v qemu-system-x86_64 >/dev/null || { echo "1..0 # SKIP no qemu-system-x86_64"; exit 0; }
for series in "$@"; do
	if ! tests/kernels/fetch.sh "$series" >/dev/null 2>"$log"; then
		n=$((n + 1))
		echo "ok $n - $series # SKIP can't be fetched: $(tail -1 "$log")"
		continue
	fi
	tests/kernels/boot.sh "$series" bash -c "$(inside_of "$series")" >"$log" 2>&1
	for m in $modes $(parts_of "$series") modules; do
		lines=$(sed -n "/^=== begin $m\$/,/^=== end $m\$/p" "$log")
		[[ $lines == *"=== end $m"* ]] && ! grep -q '^not ok' <<<"$lines"
		ok=$?
		[ -n "$lines" ] || lines=$(tail -5 "$log" | sed 's/^/# /')
		verdict $ok "$series $m" < <(grep -v '^===' <<<"$lines")
	done
	differs=$(sed -n '/^=== begin seen$/,/^=== end seen$/p' "$log" | grep '^{' |
		tests/kernels/table.sh compare "$series")
	verdict $? "$series README's table of stations" < <(sed 's/^/# /' <<<"$differs")
done
echo "1..$n"
exit $failed
