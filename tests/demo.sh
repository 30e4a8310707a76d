#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A small network of three hosts, four things that are wrong in it, and what waybill says of each.
# Needs root; lives in namespaces of its own and leaves nothing behind.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
P=wbdemo$$
CG=/nonexistent
DIR=$(mktemp -d "${TMPDIR:-/tmp}/waybill.demo.XXXXXX")
export P CG DIR

finish() {
	[ -n "${WAYBILL_PID:-}" ] && kill -9 "$WAYBILL_PID" 2>/dev/null
	clean_network
	rm -rf "$DIR"
}
trap finish EXIT
trap 'exit 1' INT TERM

# act TITLE FILTER BREAK TRAFFIC REPAIR
act() {
	printf '\n== %s\n   # waybill %s\n\n' "$1" "$2"
	eval "$3" >/dev/null 2>&1
	# shellcheck disable=SC2086 # the filter is words
	start_waybill --color "$color" $2 || exit 1
	eval "$4" >/dev/null 2>&1
	sleep 0.3
	stop_waybill
	# without the prefix that keeps the namespaces apart from others
	sed -e "s/$P\\([ARB]\\)/\\1/g" -e "s/^ \\{${#P}\\}\\( \\{20,\\}[^ +]\\)/\\1/" "$DIR/out"
	WAYBILL_PID=
	eval "$5" >/dev/null 2>&1
}

color=never
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] && color=always
network router || { echo "demo: the network could not be built" >&2; exit 1; }
echo "A (10.1.0.1) - the router R - B (10.2.0.2). A's datagrams do not arrive. Why?"

act "A rule in the router drops them" "udp port 9000" \
	'R nft "add table inet f; add chain inet f fw { type filter hook forward priority 0; }; add rule inet f fw ip saddr 10.1.0.0/24 udp dport 9000 counter drop"' \
	'A bash -c "echo hello >/dev/udp/10.2.0.2/9000"' \
	'R nft delete table inet f'
act "The router does not forward" "udp port 9000" \
	'R sysctl -qw net.ipv4.ip_forward=0' \
	'A bash -c "echo hello >/dev/udp/10.2.0.2/9000"' \
	'R sysctl -qw net.ipv4.ip_forward=1'
act "Nobody listens, behind a translated port" "udp port 8080" \
	'R iptables -t nat -A PREROUTING -p udp --dport 8080 -j DNAT --to 10.2.0.2:9000' \
	'A bash -c "echo hello >/dev/udp/10.1.0.254/8080"' \
	'R iptables -t nat -F'
act "There is no route at all, and no packet" "udp port 9000" \
	'A ip route del default' \
	'A bash -c "echo hello >/dev/udp/10.2.0.2/9000"' \
	'A ip route add default via 10.1.0.254'
printf '\nThe column after the time is the host. Now your own: build/waybill --help\n'
