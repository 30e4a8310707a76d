#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The scenarios on other kernels, in each way to observe functions, as TAP: one subtest a kernel and
# mode, one for --attach tc: where there are no tc links (attach_tc.sh), one for counting (drops.sh),
# one each for copies and for what a packet causes (copies.sh, links.sh),
# one for a TCP connection (flows.sh), one for modules that are loaded while waybill runs (late.sh), and
# one for README.md's table of stations (table.sh).
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
deciders="N07 N07l N24 n-many-jumps-policy n-many-jumps-rule n-nat-no-port n-queue n-bpf-forward K04 K13 s-cgroup-connect I02 i-rule-prohibit
	I06 I17 X11 B04 x-dispatcher-two x-dispatcher-seen x-mirred-down s-xfrm-in
	k-through-ipsec k-through-wireguard k-wireguard-not-allowed T01"
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
# one needs a CPU and a quarter, and 4 GiB
at_once=${MACHINES:-$(awk -v cpus="$(nproc)" '/^MemAvailable/ {
	print (cpus >= 3 && $2 > 10 * 1024 * 1024 ? 2 : 1) }' /proc/meminfo)}
logs=$(mktemp -d)
pool= # a process group: with it all machines end
trap '[ -z "$pool" ] || kill -- "-$pool" 2>/dev/null; rm -rf "$logs"' EXIT
n=0
failed=0

# What a part has said.
said() { sed -n "/^=== begin $1\$/,/^=== end $1\$/p" "$log"; }

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

# What runs inside, a row a part: name, the series that have it, command; a mode's scenarios come after
# the stations, while all modules are loaded.
parts_of() { # SERIES: name and command of each that it has
	local name on command m
	while read -r name on command; do
		[ "$on" = all ] || [ "$on" = "$1" ] || continue
		[ "$name" = modes ] || { echo "$name $command"; continue; }
		for m in $modes; do echo "$m MODE=$m $command $(scenarios_of "$1" "$m" | xargs)"; done
	done <<-'EOF'
		seen     all   tests/kernels/table.sh seen
		modes    all   tests/scenarios/run.sh
		tc       6.1   MODE=tracepoint tests/attach_tc.sh
		drops    6.12  tests/scenarios/drops.sh g01
		copies   6.12  tests/scenarios/copies.sh
		links    6.12  tests/scenarios/links.sh
		flows    6.12  tests/flows.sh
		modules  all   tests/kernels/late.sh
	EOF
}

# Emulation is 10 to 50 times slower than the machine: to start waybill takes longer than all traffic.
inside_of() { # SERIES
	local name command
	echo "export JOBS=1 SHARED=50 START_TENTHS=1200 STOP_TENTHS=600 SETTLE=3"
	while read -r name command; do
		echo "echo '=== begin $name'; $command; echo '=== end $name'"
	done < <(parts_of "$1")
}

command -v qemu-system-x86_64 >/dev/null || { echo "1..0 # SKIP no qemu-system-x86_64"; exit 0; }
machine() { # SERIES
	tests/kernels/boot.sh "$1" bash -c "$(inside_of "$1")" >"$logs/$1" 2>&1
	touch "$logs/$1.ended"
}
# one after the other: they share a cache
for series in "$@"; do
	tests/kernels/fetch.sh "$series" >/dev/null 2>"$logs/$series" && touch "$logs/$series.fetched"
done
set -m
(
	set +m
	n=0
	for series in "$@"; do
		[ -e "$logs/$series.fetched" ] || continue
		[ "$n" -lt "$at_once" ] || wait -n
		machine "$series" &
		n=$((n + 1))
	done
	wait
) &
pool=$!
set +m
for series in "$@"; do
	log=$logs/$series
	if [ ! -e "$log.fetched" ]; then
		n=$((n + 1))
		echo "ok $n - $series # SKIP can't be fetched: $(tail -1 "$log")"
		continue
	fi
	until [ -e "$log.ended" ]; do sleep 1; done
	while read -r part _; do
		[ "$part" != seen ] || continue
		lines=$(said "$part")
		[[ $lines == *"=== end $part"* ]] && ! grep -q '^not ok' <<<"$lines"
		ok=$?
		[ -n "$lines" ] || lines=$(tail -5 "$log" | sed 's/^/# /')
		verdict $ok "$series $part" < <(grep -v '^===' <<<"$lines")
	done < <(parts_of "$series")
	differs=$(said seen | grep '^{' | tests/kernels/table.sh compare "$series")
	verdict $? "$series README's table of stations" < <(sed 's/^/# /' <<<"$differs")
done
echo "1..$n"
exit $failed
