#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A recording, and all that can be made of it: read, drops, flows, diff, report; the files it is kept in;
# journeys chosen by what became of them. As TAP.
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
  udp dport $OTHER counter drop comment "</pre><script>alert(1)</script>"
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
check "... with its rule" is '[.[-1].sites[].decider.rule // empty] | length == 1 and (.[0] | startswith("udp dport '$OTHER' counter drop"))' drops -r "$W"
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


# --- chosen by what became of them ---
counts() { # N ARGUMENTS: as many journeys
	wb read -r "$W" -j "${@:2}" && [ "$(grep -c '"type":"journey"' "$DIR/out")" = "$1" ]
}
check "--where by station and outcome" counts 3 --where station=nf.forward --where 'reason!=NO_SOCKET'
check "... by the decider's kind" counts 2 --where decider=socket
check "... and by layer, which the summary follows" is '.[-1].journeys.dropped == 3' read -r "$W" --where layer=netfilter
check "--where of no such station is exit 2" fails 2 read -r "$W" --where station=nf.forwrad
check "--comm knows who sent" counts 5 --comm traffic
check "--comm of somebody else" counts 0 --comm curl
check "--mark that none has" counts 0 --mark 7
check "--slowest is the slowest" is '([.[] | select(.type == "journey") | .duration_ns] | length == 2 and .[0] >= .[1])' read -r "$W" --slowest 2
check "--histogram counts each leg" is '[.[] | select(.type == "latency" and .from == "driver.tx" and .to == "rx" and .dev == "r0")] | length == 1 and .[0].n == 5 and ([.[0].buckets[].n] | add) == 5' read -r "$W" --histogram
check "... and draws it" says '^  < [0-9]+[num]s +[0-9]+  #' read -r "$W" --histogram

# --- the page ---
check "report writes a page" wb report -r "$W" -o "$DIR/x.html"
page() { grep -qF -- "$1" "$DIR/x.html"; }
check "... with its picture and its layers" page '<svg role="img"'
check "... with the cause" page '<b>3 packets</b> died at nf.forward (layer netfilter)'
check "... and each journey, folded up" bash -c "[ \$(grep -c '<details class=\"find dropped\" id=\"j[0-9]*\"><summary>' '$DIR/x.html') = 5 ]"
check "what is foreign stays text" page '&lt;/pre&gt;&lt;script&gt;alert(1)'
check "... and there is one script, its own" bash -c "[ \$(grep -o '<script' '$DIR/x.html' | wc -l) = 1 ]"
check "... which the page's policy knows by its hash" bash -c "h=\$(sed -n 's|.*<script>\(.*\)</script>.*|\1|p' '$DIR/x.html' | tr -d '\n' | openssl dgst -sha256 -binary | base64); grep -qF \"sha256-\$h\" '$DIR/x.html'"
check "... and nothing comes from elsewhere" bash -c "! grep -oE '(src|href|url)[=(]\"?[^\" >]*' '$DIR/x.html' | grep -vE '=\"#j[0-9]+|^src' | grep ."
check "report without -o is exit 2" fails 2 report -r "$W"
check "report that can't be written is exit 1" fails 1 report -r "$W" -o /no/such/dir/x.html

# --- what the lines look like ---
check "schema prints them all" bash -c "'$WAYBILL' schema | jq -es 'length == 7 and all(.[]; .type == \"object\")'"
check "... and one" bash -c "'$WAYBILL' schema flow | jq -e '.properties.type.enum == [\"flow\"]'"
check "a type that no line has is exit 2" fails 2 schema nonsense
: >"$DIR/lines"
for what in "read" "read --histogram" "drops" "flows" "diff"; do
	numbers=()
	[ "$what" = diff ] && numbers=(1 4)
	# shellcheck disable=SC2086 # words of one command
	"$WAYBILL" $what -r "$W" -j "${numbers[@]}" 2>/dev/null >>"$DIR/lines"
done
if [ -x "$O/tests/unit/test_output" ]; then
	check "every line is as its schema says" env WAYBILL_LINES="$DIR/lines" "$O/tests/unit/test_output"
else
	skip "every line is as its schema says" "test_output is not built"
fi

# --- damage ---
head -c "$(($(stat -c %s "$W") - 7))" "$W" >"$DIR/cut.wb"
check "a recording that was cut off is read up to there" wb read -r "$DIR/cut.wb"
check "... and that is said" grep -q "was cut off" "$DIR/said-by"
head -c 3000 /dev/urandom >"$DIR/noise"
for command in read drops flows; do
	check "$command -r of what is no recording is exit 1" fails 1 $command -r "$DIR/noise"
done

# --- files that are gone on with ---
start_waybill record -w "$DIR/ring.wb.gz" -C 60k -W 2 -- udp port $PORT
for _ in 1 2 3 4; do
	A UDP-SEND 10.2.0.2 $PORT 40 connect=0 >/dev/null
	sleep 0.7
done
stop_waybill
check "-C and -W write a ring of files" bash -c "[ \"\$(ls '$DIR' | grep ring | tr '\n' ' ')\" = 'ring.wb0.gz ring.wb1.gz ' ]"
check "... of which each can be read, with its names" bash -c "for f in '$DIR'/ring.wb?.gz; do '$WAYBILL' read -r \$f -j 2>/dev/null || exit 1; done | jq -es 'any(.[]; .steps[-1]?.netns? == \"${P}B\")'"
check "... and the summary counts them" grep -qE 'ring.wb[01].gz, the last of [3-9] files' "$DIR/err"
# what each file begins with is more than that
start_waybill record -w "$DIR/small.wb" -C 1k -W 2 -- udp port $PORT
A UDP-SEND 10.2.0.2 $PORT 1 connect=0 >/dev/null
sleep 2
stop_waybill
kept() { for f in "$DIR"/small.wb?; do "$WAYBILL" read -r "$f" -j; done | jq -es 'any(.[]; .type == "journey")'; }
check "... however small they are, none is overwritten before a packet was seen" kept
check "-G and -W stop after so many files" timeout 20 "$WAYBILL" record -q -w "$DIR/timed%s.wb" -G 1 -W 2 -- udp port $PORT
check "... that have the time in their names" bash -c "[ \$(ls '$DIR' | grep -cE '^timed[0-9]{10}.wb\$') = 2 ]"
check "-W alone is exit 2" fails 2 record -w "$DIR/y.wb" -W 3

# --- sends that failed before there was a packet: the kernel tells of all of them ---
start_waybill record -w "$DIR/failed.wb" -- dst host 203.0.113.7
for _ in 1 2; do
	R UDP-SEND 203.0.113.9 $PORT 1 connect=0
	R UDP-SEND 203.0.113.7 $PORT 1 connect=0
done >/dev/null 2>&1
sends_to() { "$WAYBILL" read -r "$DIR/failed.wb" -j 2>/dev/null | jq -es "map(select(.type == \"journey\" and .packet.dst == \"203.0.113.$1\" and .outcome == \"never_sent\")) | length == $2"; }
check "sends that failed are recorded" within 50 sends_to 7 2
stop_waybill
check "... but not those to others than the filter names" sends_to 9 0
check "... and read counts the same events" bash -c "[ \"\$(grep events '$DIR/err')\" = \"\$('$WAYBILL' read -r '$DIR/failed.wb' 2>&1 | grep events)\" ]"
end_of_checks
