# SPDX-License-Identifier: GPL-2.0-only
# Networks for the tests: three hosts in namespaces of their own, the commands to act in them, and how
# checks are printed. Sourced by the runners; sets nothing up by itself.

O=${O:-build}
OBJ=$(realpath "$O/tests")
WAYBILL=${WAYBILL:-$(realpath "$O/waybill")}
TRAFFIC=$OBJ/traffic
export OBJ

# own_place PREFIX [WORD]: what each test needs first: P, with which its namespaces begin, a port and a
# folder (WORD is in its name), none of which another run has. All of it goes when the test ends,
# unless KEEP=1 leaves it to be looked at.
own_place() {
	[ "$(id -u)" = 0 ] || { echo "${0##*/} makes network namespaces: run it as root" >&2; exit 1; }
	P=$1$$
	PORT=$((20000 + $$ % 20000))
	DIR=$(mktemp -d "${TMPDIR:-/tmp}/waybill.${2:-$1}.XXXXXX")
	export P PORT DIR
	trap leave EXIT
	trap 'exit 1' INT TERM
}
leave() {
	[ -z "${WAYBILL_PID:-}" ] || kill -9 "$WAYBILL_PID" 2>/dev/null
	if [ -n "${KEEP:-}" ]; then
		echo "# kept: namespaces $P*, output $DIR"
		return
	fi
	clean_network
	rm -rf "$DIR"
}

inside() {
	local ns=$1
	shift
	case $1 in
	UDP-SIT | TCP-SIT | RAW-SIT | TCP-SERVE | UDP-TRY | TCP-TRY | RAW-TRY | TCP-INJECT | TAP)
		local what=${1,,}
		shift
		# not by ip, which hides pinned programs behind a /sys of its own
		nsenter --net="/run/netns/$P$ns" "$OBJ/sockets" "$what" "$@"
		return
		;;
	UDP-SINK | TCP-SERVER | TCP-CLIENT | TCP-SOURCE | TCP-FETCH | RAW-FRAME | UDP-SEND | NFQUEUE)
		local what=${1,,}
		shift
		set -- "$TRAFFIC" "$what" "$@"
		;;
	esac
	ip netns exec "$P$ns" "$@"
}
A() { inside A "$@"; }
R() { inside R "$@"; }
B() { inside B "$@"; }
mac() { ip netns exec "$P$1" cat "/sys/class/net/$2/address"; }

# One datagram from A to a listener on B, or on the router; hello6 the same with IPv6.
hello() {
	B UDP-SINK 10.2.0.2 9000 1 &
	sleep 0.3
	A bash -c "echo hello >/dev/udp/10.2.0.2/9000"
	wait
}
hello_router() {
	R UDP-SINK 10.1.0.254 9000 1 &
	sleep 0.3
	A bash -c "echo hello >/dev/udp/10.1.0.254/9000"
	wait
}
hello6() {
	B UDP-SINK fd02::2 9000 1 &
	sleep 0.3
	A bash -c "echo hello >/dev/udp/fd02::2/9000"
	wait
}
# One crafted frame from A to the router.
frame() { A RAW-FRAME c0 dmac="$(mac R r0)" "$@"; }

# Programs in a chain under libxdp's dispatcher at the router's r0, not by ip, which hides the pins
# that hold it together. False: this kernel has no such chains, and a single one stands there alone.
xdp_loader() { nsenter --net="/run/netns/${P}R" xdp-loader "$@"; }
xdp_chain() { # for each the OPTIONS of xdp-loader and its object
	local one

	for one in "$@"; do
		xdp_loader load -m native -s xdp ${one% *} r0 "$OBJ/${one##* }"
	done
	xdp_loader status r0 | grep xdp_dispatcher || { echo "no XDP dispatcher"; return 1; }
}

# Silent hosts: no IPv6 unless wanted, no filters on the way back, no offloaded surprises.
host() {
	ip netns add "$P$1"
	ip -n "$P$1" link set lo up
	ip netns exec "$P$1" sysctl -qw net.ipv6.conf.all.disable_ipv6="$2" \
		net.ipv6.conf.default.disable_ipv6="$2" net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.router_solicitations=0
}

network() {
	local six=1
	[ "$1" = router6 ] && six=0
	host A $six
	host R $six
	host B $six
	if [ "$1" = bridge ]; then
		ip link add c0 netns "${P}A" type veth peer name p0 netns "${P}R"
		ip link add p1 netns "${P}R" type veth peer name s0 netns "${P}B"
		ip -n "${P}R" link add br0 type bridge
		for p in p0 p1; do
			ip -n "${P}R" link set $p master br0 up
		done
		ip -n "${P}R" link set br0 up
		ip -n "${P}A" addr add 10.3.0.1/24 dev c0
		ip -n "${P}B" addr add 10.3.0.2/24 dev s0
		ip -n "${P}A" link set c0 up
		ip -n "${P}B" link set s0 up
		A ping -qc1 -W2 10.3.0.2 >/dev/null
		return
	fi
	ip link add c0 netns "${P}A" type veth peer name r0 netns "${P}R"
	ip link add r1 netns "${P}R" type veth peer name s0 netns "${P}B"
	ip -n "${P}A" addr add 10.1.0.1/24 dev c0
	ip -n "${P}R" addr add 10.1.0.254/24 dev r0
	ip -n "${P}R" addr add 10.2.0.254/24 dev r1
	ip -n "${P}B" addr add 10.2.0.2/24 dev s0
	for d in A:c0 R:r0 R:r1 B:s0; do
		ip -n "$P${d%:*}" link set "${d#*:}" up
	done
	ip -n "${P}A" route add default via 10.1.0.254
	ip -n "${P}B" route add default via 10.2.0.254
	R sysctl -qw net.ipv4.ip_forward=1
	if [ "$1" = router6 ]; then
		ip -n "${P}A" addr add fd01::1/64 dev c0 nodad
		ip -n "${P}R" addr add fd01::254/64 dev r0 nodad
		ip -n "${P}R" addr add fd02::254/64 dev r1 nodad
		ip -n "${P}B" addr add fd02::2/64 dev s0 nodad
		R sysctl -qw net.ipv6.conf.all.forwarding=1
		ip -n "${P}A" -6 route add default via fd01::254
		ip -n "${P}B" -6 route add default via fd02::254
		A ping -6 -qc1 -W2 fd02::2 >/dev/null
	fi
	A ping -qc1 -W2 10.2.0.2 >/dev/null
}

# Everything that a scenario made, also after a failure.
clean_network() {
	local n pids
	[ ! -d /sys/fs/bpf/xdp ] || xdp_loader unload -a r0 >/dev/null 2>&1
	for n in "/run/netns/$P"[A-Z]*; do # behind P, so that no other run's are among them
		[ -e "$n" ] || continue
		n=${n##*/}
		pids=$(ip netns pids "$n" 2>/dev/null)
		[ -n "$pids" ] && kill -9 $pids 2>/dev/null
		ip netns del "$n" 2>/dev/null
	done
	if [ -d "${CG:-}" ]; then
		bpftool cgroup detach "$CG" egress pinned "/sys/fs/bpf/$P" 2>/dev/null
		rmdir "$CG" 2>/dev/null
	fi
	rm -f "/sys/fs/bpf/$P"
}

cgroup_root() {
	for d in /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ -f $d/cgroup.procs ] && [ -f $d/cgroup.controllers ] && echo $d && return
	done
}

# Starts waybill with the given arguments; returns when it traces. Its output is in $DIR/out and err.
# It is no job of this shell, so that a scenario's own "wait" does not wait for it.
start_waybill() {
	: >"$DIR/err" # or the line of the run before is taken for this one's
	( "$WAYBILL" "$@" >"$DIR/out" 2>"$DIR/err" & echo $! >"$DIR/pid")
	WAYBILL_PID=$(cat "$DIR/pid")
	for _ in $(seq "${START_TENTHS:-300}"); do
		grep -q '^waybill: tracing' "$DIR/err" && return 0
		kill -0 "$WAYBILL_PID" 2>/dev/null || break
		sleep 0.1
	done
	echo "# waybill did not start: $(head -3 "$DIR/err" | tr '\n' ' ')"
	kill -9 "$WAYBILL_PID" 2>/dev/null
	return 1
}

kill_waybill() {
	kill -9 "$WAYBILL_PID"
	WAYBILL_PID=
}

# From now on waybill runs in one of the namespaces itself.
waybill_in() { # A, R or B
	printf '#!/bin/sh\nexec ip netns exec %s %s "$@"\n' "$P$1" "$WAYBILL" >"$DIR/waybill"
	chmod +x "$DIR/waybill"
	WAYBILL=$DIR/waybill
}

# Behind the router, hosts are seen under its address.
masquerade() { R nft 'add table ip n; add chain ip n p { type nat hook postrouting priority 100; }; add rule ip n p oifname r1 masquerade'; }
# A WireGuard tunnel from A (10.9.0.1) to R (10.9.0.2), over their link; after its first packets.
wireguard() {
	A ip link add wg0 type wireguard && R ip link add wg0 type wireguard &&
		wg genkey >"$DIR/a" && wg genkey >"$DIR/r" &&
		A wg set wg0 private-key "$DIR/a" peer "$(wg pubkey <"$DIR/r")" \
			allowed-ips 10.9.0.0/24 endpoint 10.1.0.254:51820 &&
		R wg set wg0 private-key "$DIR/r" listen-port 51820 peer "$(wg pubkey <"$DIR/a")" \
			allowed-ips 10.9.0.1/32 &&
		A ip addr add 10.9.0.1/24 dev wg0 && R ip addr add 10.9.0.2/24 dev wg0 &&
		A ip link set wg0 up && R ip link set wg0 up && A ping -qc1 -W20 10.9.0.2
}
# BYTES: so many from B's PORT for each who asks there; its process is SERVER.
serve() {
	B TCP-SOURCE 10.2.0.2 "$PORT" 300 send="$1" &
	# shellcheck disable=SC2034 # for whoever ends it
	SERVER=$!
	within 50 listens
}
listens() { B ss -ltnH "sport = :$PORT" | grep -q .; }

# Waits until the command succeeds; false if it did not.
within() { # TENTHS COMMAND...
	local _
	for _ in $(seq "$1"); do
		"${@:2}" && return
		sleep 0.1
	done
	return 1
}

stop_waybill() {
	kill -INT "$WAYBILL_PID" 2>/dev/null
	for _ in $(seq "${STOP_TENTHS:-300}"); do
		kill -0 "$WAYBILL_PID" 2>/dev/null || break
		sleep 0.1
	done
	kill -9 "$WAYBILL_PID" 2>/dev/null
	WAYBILL_PID=
}

# SIGINT ends it so soon. It and what it starts from now on come first on the CPUs, or others' work would
# be measured; what it waited for one all the same does not count.
ends_within() { # MS
	local pid=$WAYBILL_PID begin before state times own p

	times=$(<"/proc/$pid/schedstat") || return 1
	before=$(echo "$times" | cut -d" " -f2)
	for p in $(below "$pid"); do chrt -a -f -p 1 "$p" >/dev/null 2>&1; done
	begin=$(date +%s%N)
	kill -INT "$pid"
	while state=$(<"/proc/$pid/stat") && [[ $state != *") Z "* ]] &&
		[ $(($(date +%s%N) - begin)) -lt 30000000000 ]; do
		state=$(<"/proc/$pid/schedstat") && times=$state
		sleep 0.01
	done 2>/dev/null
	own=$((($(date +%s%N) - begin - $(echo "$times" | cut -d" " -f2) + before) / 1000000))
	kill -9 "$pid" 2>/dev/null
	WAYBILL_PID=
	echo "it took $own ms"
	[ $own -lt "$1" ]
}

# waybill send ARGS, and what it says; and whether the kernel has a way to put a packet in at all.
ms() { "$WAYBILL" send ${MODE:+--mode $MODE} "$@" >"$DIR/out" 2>"$DIR/err"; }
can_send() { ms -q "$@" || ! grep -q 'it takes' "$DIR/err"; }

# --- tests that are single checks, as TAP: n of them, and whether one failed ---
n=0
failed=0
check() { # NAME, then a command that must succeed; what it left in $DIR says why it did not
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >"$DIR/said" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		for left in said err screen out; do
			sed 's/^/# /' "$DIR/$left" 2>/dev/null | head -8
		done
		failed=1
	fi
}
equal() { [ "$1" = "$2" ] || { echo "is $1, should be $2"; return 1; }; }
is() { check "$1" equal "$2" "$3"; } # NAME GOT WANTED
skip() { # NAME WHY
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}
end_of_checks() {
	echo "1..$n"
	exit "$failed"
}

# --- what processes keep of their rights ---
status() { awk -v k="$2:" '$1 == k {print $2}' "/proc/$1/status"; }
below() { # PID: it and all that came of it
	echo "$1"
	for child in $(pgrep -P "$1"); do below "$child"; done
}
threads() { # PIDs: all of theirs
	for p in "$@"; do ls "/proc/$p/task" 2>/dev/null; done
}
caps() { # NAME...: as a mask
	local mask=0 c

	for c in "$@"; do
		case $c in
		net_admin) mask=$((mask | 1 << 12)) ;;
		sys_admin) mask=$((mask | 1 << 21)) ;;
		perfmon) mask=$((mask | 1 << 38)) ;;
		bpf) mask=$((mask | 1 << 39)) ;;
		# dac_*, setpcap, net_raw, ipc_lock, sys_ptrace, sys_resource, syslog
		brokers) mask=$((mask | 3 << 1 | 1 << 8 | 3 << 13 | 1 << 19 | 1 << 24 | 1 << 34)) ;;
		esac
	done
	echo "$mask"
}
may() { # PID: the most that a process of this name has
	case $(cat "/proc/$1/comm") in
	waybill) caps bpf ;;
	waybill-broker | waybill-keeper) caps net_admin sys_admin perfmon bpf brokers ;;
	waybill-send) caps net_admin sys_admin perfmon bpf ;;
	tc-guard) caps net_admin ;;
	*) echo 0 ;;
	esac
}
holds_no_more() { # PIDs: a worker that ended meanwhile is none
	local p said

	for p in "$@"; do
		said=$(cat "/proc/$p/comm" 2>/dev/null; cat "/proc/$p/status" 2>/dev/null | grep -E '^(Cap|NoNew|Seccomp:)')
		[ -r "/proc/$p/status" ] || continue
		if [ $((0x$(status "$p" CapEff) & ~$(may "$p"))) != 0 ] ||
			[ $((0x$(status "$p" CapPrm) & ~$(may "$p"))) != 0 ] ||
			[ "$(status "$p" NoNewPrivs)" != 1 ] || [ "$(status "$p" Seccomp)" != 2 ]; then
			echo "$said"
			return 1
		fi
	done
}

# thousand_rules TABLE PORT: for nft -f, a rule that drops for each of 1,000 ports, found without
# looking at the others.
thousand_rules() {
	local i

	echo "add table inet $1; add chain inet $1 in { type filter hook input priority 0; }"
	for i in $(seq 1000); do
		echo "add chain inet $1 c$i; add rule inet $1 c$i counter drop"
	done
	echo "add rule inet $1 in udp dport vmap { $(for i in $(seq 1000); do
		echo -n "$(($2 - 1 + i)) : jump c$i, "
	done) }"
}
