#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A recording, and all that can be made of it: read, drops, flows, diff. As TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbrec

W=$DIR/x.wb
OTHER=$((PORT + 1))
# What waybill says of it, with standard output and error apart.
wb() { timeout 20 "$WAYBILL" "$@" >"$DIR/out" 2>"$DIR/said-by"; }
fails() { # CODE ARGUMENTS
	wb "${@:2}"
	[ $? = "$1" ]
}
whole() { wb read -r "$W" --brief && [ "$(grep -c DROPPED "$DIR/out")" = 5 ]; }
is() { wb "${@:2}" -j && jq -es "$1" "$DIR/out" >/dev/null; }
says() { wb "${@:2}" && grep -qE -- "$1" "$DIR/out"; }

network router || { echo "Bail out! no network"; exit 1; }
R nft -f - <<END
table inet f {
 chain c {
  type filter hook forward priority 0
  udp dport $OTHER counter drop
 }
}
END
start_waybill record -w "$W" -- udp portrange $PORT-$OTHER
A UDP-SEND 10.2.0.2 $OTHER 3 connect=0 >/dev/null
A UDP-SEND 10.2.0.2 $PORT 2 connect=0 >/dev/null
check "it can be read while it is written" within 50 whole
stop_waybill
cp "$DIR/err" "$DIR/recorded"
wb read -r "$W" --brief
check "record and read count alike" bash -c "grep -vE 'tracing|bytes in' '$DIR/recorded' | diff - '$DIR/said-by'"
check "read -w writes what tcpdump reads" bash -c "'$WAYBILL' read -r '$W' -w '$DIR/x.pcapng' >/dev/null 2>&1 && [ \$(tcpdump -r '$DIR/x.pcapng' 2>/dev/null | wc -l) -ge 5 ]"

check "drops -r counts what died" is '.[-1] | .final and .seen == 5 and .dropped.netfilter == 3 and .dropped.socket == 2' drops -r "$W"
check "... with its rule" is '[.[-1].sites[].decider.rule // empty] == ["udp dport '$OTHER' counter drop"]' drops -r "$W"
check "... in intervals, with their times" says '^[0-9:]{8}  last 60.0 s: seen 5' drops -r "$W" --interval 1m
check "... of those that a filter takes" is '.[-1].seen == 2' drops -r "$W" udp port $PORT
check "flows -r tells the conversations" is '[.[] | select(.final) | .dropped] | add == 5' flows -r "$W"

check "diff by number" says "part  at nf.forward in ${P}R: A drop, by nft inet f c handle [0-9]+; B accept" diff -r "$W" 1 4
check "diff of what is alike" says 'same  both went the same way' diff -r "$W" 1 2
check "diff by filters" is '.[0] | .a.alike == 2 and .b.alike == 3 and .steps[.parts].station == "nf.forward"' diff -r "$W" "udp dst port $PORT" "udp dst port $OTHER"
check "diff of two recordings" is '.[0] | .a.all == 5 and .b.id == 5 and .steps[.parts].b.verdict == "accept"' diff "$W" "$W:5"
check "diff of a journey that is not there is exit 1" fails 1 diff -r "$W" 1 77
check "diff of one thing is exit 2" fails 2 diff -r "$W" 1
check "diff of what is no filter is exit 2" fails 2 diff -r "$W" 1 'udp prot 3'

head -c "$(($(stat -c %s "$W") - 7))" "$W" >"$DIR/cut.wb"
check "a recording that was cut off is read up to there" wb read -r "$DIR/cut.wb"
check "... and that is said" grep -q "was cut off" "$DIR/said-by"
head -c 3000 /dev/urandom >"$DIR/noise"
for command in read drops flows; do
	check "$command -r of what is no recording is exit 1" fails 1 $command -r "$DIR/noise"
done
end_of_checks
