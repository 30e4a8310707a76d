#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# README's example of a ruleset's policy as a matrix in CI, done as it is written, as TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbpolicy
if ! can_send --in lo 'udp 127.0.0.1 > 127.0.0.1:9'; then
	skip "README's policy" "the kernel has no way to put a packet in"
	end_of_checks
fi
# a file behind "# cat FILE", commands behind "# ", and what the last one prints; the namespace is P's
mkdir "$DIR/bin" "$DIR/job"
awk -v dir="$DIR" '
	/^##/ { ours = /A ruleset.s policy in CI/; next }
	!ours || !/^    / { next }
	{ line = substr($0, 5) }
	line ~ /^# cat / && !last { to = dir "/job/" substr(line, 7); next }
	line ~ /^# / && !last { to = dir "/commands"; line = substr(line, 3); last = line ~ /^waybill / }
	{ print line > to }
	last { to = dir "/wanted" }' README.md
sed "s/\(netns add\|-n\|exec\|-N\) ci\>/\1 ${P}CI/g" "$DIR/commands" >"$DIR/bin/job"
ln -s "$WAYBILL" "$DIR/bin/waybill"
[ -z "${MODE:-}" ] || sed -i "s/^waybill send/& --mode $MODE/" "$DIR/bin/job"
check "it has files, commands and an answer" [ -s "$DIR/job/policy" -a -s "$DIR/job/firewall.nft" -a -s "$DIR/wanted" ]
(cd "$DIR/job" && PATH="$DIR/bin:$PATH" bash -e "$DIR/bin/job") >"$DIR/out" 2>&1
status=$?
grep -v "^waybill: tracing" "$DIR/out" | diff "$DIR/wanted" - >"$DIR/screen"
check "it prints what README says" [ ! -s "$DIR/screen" ]
rm "$DIR/screen"
check "it fails as CI wants it" [ $status = 3 ]
sed -i 's/tcp dport { 22, 443 } accept/tcp dport 443 accept; iifname "lan" tcp dport 22 accept/' "$DIR/job/firewall.nft"
sed -n '/nft -f/p; /^waybill/p' "$DIR/bin/job" >"$DIR/again"
ip netns exec "${P}CI" nft flush ruleset
(cd "$DIR/job" && PATH="$DIR/bin:$PATH" bash -e "$DIR/again") >"$DIR/out" 2>&1
check "the ruleset mended, it succeeds" [ $? = 0 -a "$(grep -c '^ok' "$DIR/out")" = 6 ]
"$WAYBILL" send ${MODE:+--mode $MODE} -qj -N "${P}CI" --in lan 'tcp 10.0.0.9 > 203.0.113.5:22' >"$DIR/out" 2>"$DIR/err"
check "the rule that accepts is told of one packet, too" jq -es 'map(select(.made))[0].steps[-1] |
	.station == "nf.input" and (.decider.rule | test("dport 22 accept"))' "$DIR/out"
"$WAYBILL" send ${MODE:+--mode $MODE} -qj -N "${P}CI" --out 'udp 203.0.113.5 > 192.0.2.53:53' >"$DIR/out" 2>"$DIR/err"
check "... or the policy, where no rule does" jq -es 'map(select(.made))[0].steps | map(select(.station == "nf.output"))[0] |
	.decider.kind == "nft_policy" and .decider.chain == "output" and .decider.policy == "accept"' "$DIR/out"
end_of_checks
