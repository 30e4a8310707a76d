#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A TCP connection through a router that masquerades it and loses every fifth segment: what waybill flows
# makes of it, live and of a recording, and in which order its packets are told. As TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbflow

BYTES=200000
network router || { echo "Bail out! no network"; exit 1; }
masquerade
R nft -f - <<END
table ip f {
 chain c {
  type filter hook forward priority 0
  tcp sport $PORT ct state established numgen inc mod 5 == 3 counter drop
 }
}
END
fetch() { A TCP-FETCH 10.2.0.2 "$PORT" 60 want=$BYTES; }

serve $BYTES
flow() { jq -es '[.[] | select(.type == "flow" and .final)] | length == 1 and (.[0] | '"$1"')' "$DIR/$2" >/dev/null; }

start_waybill flows -j -- tcp port $PORT
check "the client reads all of it, whatever is lost" fetch
sleep 1.5
stop_waybill
cp "$DIR/out" "$DIR/live"
start_waybill record -w "$DIR/x.wb" -- tcp port $PORT
check "... once more, recorded" fetch
sleep 1.5
stop_waybill
kill $SERVER 2>/dev/null
"$WAYBILL" flows -r "$DIR/x.wb" -j >"$DIR/replayed" 2>"$DIR/err"
"$WAYBILL" read -r "$DIR/x.wb" -j >"$DIR/journeys" 2>/dev/null

for what in live replayed; do
	check "$what: one conversation, though NAT made it two" flow 'true' $what
	check "$what: from the client to the server" flow ".a.addr == \"10.1.0.1\" and .b.addr == \"10.2.0.2\" and .b.port == $PORT" $what
	check "$what: with the address that the server saw" flow '[.nat[].addr] == ["10.2.0.254"]' $what
	check "$what: closed by both" flow '.state == "closed"' $what
	check "$what: what was lost was counted" flow '.dropped > 0 and .retransmissions > 0' $what
	check "$what: ... with who lost it, and where to look" flow '(.why | contains("firewall rule")) and (.next | contains("nft"))' $what
	check "$what: the handshake took a time" flow '.handshake_ns > 0' $what
	check "$what: each way has its legs" flow '[.legs[] | select(.n > 1) | .way] | unique == ["ab", "ba"]' $what
	check "$what: ... with their times in order" flow 'all(.legs[]; .p50_ns <= .p99_ns and .p99_ns <= .max_ns)' $what
done
# a segment behind a hole waits for the retransmission, which may take longer than the others wait for it
check "packets are told in the order of their first sight" jq -es '[.[] | select(.type == "journey" and (.late | not)) | .ts_ns] | . == sort' "$DIR/journeys"
check "... and one that is late says so, and took a second" jq -es '[.[] | select(.late)] | all(.[]; .duration_ns > 900000000)' "$DIR/journeys"
check "what was sent again says of which it is a copy" jq -es 'any(.[]; .links[]?.how == "retransmission")' "$DIR/journeys"
end_of_checks
