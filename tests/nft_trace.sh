#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# --nft-trace as TAP: the very rule or policy, where looking afterwards could not tell it, and nothing
# left in any ruleset. In tracepoint mode: where functions are probed the rules are seen anyway.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbn

trace() { # OPTIONS and filter, then "--", then the traffic
	local args=()
	while [ "$1" != -- ]; do args+=("$1"); shift; done
	shift
	start_waybill trace -j --mode tracepoint --nft-trace -N "${P}A" -N "${P}R" "${args[@]}" || return
	"$@" >/dev/null 2>&1
	sleep 0.7
	stop_waybill
}
# Journeys whose decider is certain and as $1 says (jq).
decided() { jq -c "select(.type == \"journey\") | .drop.decider // empty | select(has(\"candidates\") | not) | select($1)" "$DIR/out" | wc -l; }
no_table() { ! R nft list tables | grep -q waybill; }

network router
# The first two rules fit each packet: only nftables itself knows which of them it was.
R nft -f - <<'EOF'
table inet f {
	chain deny {
		udp dport 7001 limit rate 1/day burst 2 packets counter drop
		udp dport 7001 drop
	}
	chain way {
		type filter hook forward priority 0
		udp dport 7000-7009 jump deny
	}
}
table ip z {
	chain out {
		type filter hook output priority 0; policy drop
		udp dport 7020 drop
		udp dport != 7021 accept
	}
}
EOF
first=$(R nft -a list chain inet f deny | sed -n 's/.*limit.*# handle //p')
second=$(R nft -a list chain inet f deny | sed -n 's/.*dport 7001 drop # handle //p')
queue=$(R nft add rule inet f way udp dport 7010 queue num 7 2>&1) # not every kernel has it
before=$(R nft -s list ruleset)

trace udp port 7001 -- A UDP-SEND 10.2.0.2 7001 5 connect=0
check "each drop has its very rule, in a chain reached by a jump" \
	[ "$(decided ".kind == \"nft_rule\" and .chain == \"deny\" and .handle == $first") $(decided ".kind == \"nft_rule\" and .chain == \"deny\" and .handle == $second")" = "2 3" ]
check "... with its text" [ "$(decided '.rule // "" | test("limit rate 1/day")')" = 2 ]
check "the start line says what nftables traces" grep -q 'nftables traces what matches' "$DIR/err"
check "no ruleset has changed" [ "$(R nft -s list ruleset)" = "$before" ]
trace udp port 7021 -- R UDP-SEND 10.2.0.2 7021 2 connect=0
check "a policy is told from a rule" [ "$(decided '.kind == "nft_policy" and .table == "z" and .chain == "out"')" -ge 1 ]
if [ -z "$queue" ]; then
	trace host 10.2.0.2 and port 7010 -- A UDP-SEND 10.2.0.2 7010 3 connect=0
	check "a queue without a listener is one" [ "$(decided '.kind == "nfqueue" and .queue == 7')" = 3 ]
else
	skip "a queue without a listener is one" "this kernel's nftables has no queue"
fi
trace 'udp[2:2] = 7001' -- A UDP-SEND 10.2.0.2 7001 2 connect=0
check "a filter that nftables can't say traces every packet, and says so" grep -q 'nftables traces every packet' "$DIR/err"
check "... to the same end" [ "$(decided ".handle == $second")" = 2 ]

start_waybill trace --mode tracepoint --nft-trace -N "${P}R" udp
check "the table is there while waybill runs" bash -c "ip netns exec ${P}R nft list tables | grep -q 'inet waybill_'"
kill_waybill
check "... and gone after kill -9" within 50 no_table
timeout 10 "$WAYBILL" --nft-trace --read-only 2>"$DIR/err"
check "--read-only excludes it" [ $? = 2 ]
end_of_checks
