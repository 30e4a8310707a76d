#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What an ordinary user can do to root's waybill from a namespace of their own, as TAP: nothing. Names
# and rules of any bytes, a library that ends in an assertion; and what waybill itself keeps of rights.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbe
PORT=9977
chmod 755 "$DIR"
install -m 755 "$O/tests/hostile_nft" "$DIR/hostile_nft"
printf 'add table inet pwned\n' >"$DIR/evil.nft"
mkfifo "$DIR/fifo"
chmod 644 "$DIR/evil.nft" "$DIR/fifo"
HOSTILE=
trap 'kill $HOSTILE $WAYBILL_PID 2>/dev/null; rm -rf "$DIR"' EXIT

# An ordinary user's namespace: SET-UP, then at a sign TRAFFIC; it stays until hostile_end.
hostile_begin() {
	rm -f "$DIR/ready" "$DIR/go"
	mkdir -p "$DIR/signs"
	chmod 777 "$DIR/signs"
	rm -f "$DIR/signs"/*
	# shellcheck disable=SC2016 # expanded in there
	setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Urn env PATH="$PATH" D="$DIR" \
		bash -c 'ip link set lo up; '"$1"'; : >"$D/signs/ready"
			until [ -e "$D/go" ]; do sleep 0.05; done; '"$2"'; : >"$D/signs/sent"
			sleep 120' >"$DIR/hostile" 2>&1 &
	HOSTILE=$!
	within 100 test -e "$DIR/signs/ready"
}
hostile_end() {
	kill $HOSTILE 2>/dev/null
	wait $HOSTILE 2>/dev/null
	HOSTILE=
}
SEND="echo x >/dev/udp/127.0.0.1/$PORT"

# Did it live, end when asked to, and print a summary as its last line? (5 s: a busy machine.)
ends_well() {
	local t

	t=$(date +%s%N)
	kill -0 "$WAYBILL_PID" || return 1
	stop_waybill
	[ $((($(date +%s%N) - t) / 1000000)) -lt 5000 ] || return 1
	tail -1 "$DIR/out" | jq -e 'select(.type == "summary")'
}
tells() { jq -es "map(select(.type == \"journey\")) | any($1)" "$DIR/out"; }
attack() { # NAME SET-UP: a waybill that looks at what the set-up made
	if ! hostile_begin "$2" "$SEND; sleep 0.3; $SEND"; then
		skip "$1" "no user namespaces, or the kernel refuses the set-up: $(head -c 100 "$DIR/hostile")"
		hostile_end
		return 1
	fi
	start_waybill -j -N $HOSTILE -- udp port $PORT
	touch "$DIR/go"
	within 50 test -e "$DIR/signs/sent"
	sleep 1
}
nft_of() { nsenter -t "$HOSTILE" -U -n --preserve-credentials nft list tables; }

RULE="nft 'add table ip z; add chain ip z i { type filter hook input priority 1; }; add rule ip z i udp dport $PORT drop'"
if attack "a map's name is no command" "\$D/hostile_nft map 'm;include\"$DIR/evil.nft\"'; $RULE"; then
	check "a map's name is no command" bash -c "$(declare -f nft_of); HOSTILE=$HOSTILE; ! nft_of | grep -q pwned"
	check "... and the drop behind it is told" tells '.drop.layer == "netfilter"'
	check "... and waybill ends as it should" ends_well
	hostile_end
fi
if attack "a path in a name is not opened" "\$D/hostile_nft map 'm;include\"$DIR/fifo\"'; $RULE"; then
	# a FIFO that nobody has open for reading refuses a writer that does not wait
	check "a path in a name is not opened" bash -c "! perl -e 'use Fcntl; exit !sysopen(F, \$ARGV[0], O_WRONLY|O_NONBLOCK)' '$DIR/fifo'"
	check "... and waybill ends as it should" ends_well
	hostile_end
fi
if attack "a rule that libnftables asserts on" "\$D/hostile_nft sctp; $RULE"; then
	check "a rule that libnftables asserts on costs no more than texts" tells '.drop.decider.kind == "nft_rule"'
	check "... and waybill ends as it should" ends_well
	hostile_end
fi
for seed in 1 2 3; do
	attack "names of random bytes ($seed)" "\$D/hostile_nft random $seed 40; $RULE" || continue
	check "names of random bytes, seed $seed: JSON stays JSON, and the drop is told" \
		tells '.drop.layer == "netfilter"'
	check "... and waybill ends as it should" ends_well
	hostile_end
done

# Interfaces with names that mean something to a terminal or a shell.
DEVICES='for n in "$(printf "\233[2J")" "\$(id)" "a|b" "$(printf "\342\200\256x")"; do ip link add "$n" type veth peer name "p$((++i))" && ip link set "$n" up && ip addr add "10.99.$i.1/24" dev "$n"; done'
if attack "interfaces with hostile names" "$DEVICES"; then
	stop_waybill
	touch "$DIR/go"
	check "their names reach JSON as text" bash -c "jq -c . '$DIR/out' >/dev/null"
	nsenter -t "$HOSTILE" -U -n --preserve-credentials "$WAYBILL" stations >"$DIR/stations" 2>&1
	check "... and no terminal raw" bash -c "! LC_ALL=C grep -qP '\x9b|\xe2\x80\xae' '$DIR/stations'"
	hostile_end
fi

# What it keeps of its rights, while it runs.
status() { awk -v k="$2:" '$1 == k {print $2}' "/proc/$1/status"; }
start_waybill -- udp port 1
check "the process that reads has no capability" [ $((0x$(status "$WAYBILL_PID" CapEff) & ~(1 << 39))) = 0 ]
check "... may gain none" [ "$(status "$WAYBILL_PID" NoNewPrivs)" = 1 ]
check "... and runs under a filter of system calls" [ "$(status "$WAYBILL_PID" Seccomp)" = 2 ]
BROKER=$(pgrep -P "$WAYBILL_PID" | head -1)
check "the broker is its child" [ "$(cat "/proc/$BROKER/comm")" = waybill-broker ]
check "... and may gain no rights, either" [ "$(status "$BROKER" NoNewPrivs)" = 1 ]
kill_waybill
gone() { ! kill -0 "$BROKER" 2>/dev/null; }
check "the broker ends with it, also after SIGKILL" within 30 gone
end_of_checks
