#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What other people's tools make of what waybill writes: tshark, capinfos, reordercap and tcpdump of a capture,
# and headless Chromium, by screenshots, of a report's page. As TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wboth

BYTES=40000 # less than the window: a busy machine does not fill it
DROPPED=$((PORT + 1))
W=$DIR/x.wb
network router || { echo "Bail out! no network"; exit 1; }
masquerade
R nft -f - <<END
table ip f {
 chain c {
  type filter hook forward priority 0
  udp dport $DROPPED counter drop comment "</pre><script>document.body.innerHTML=''</script>"
 }
}
END
serve $BYTES
start_waybill record -w "$W" -- port $PORT or port $DROPPED
check "a healthy connection" A TCP-FETCH 10.2.0.2 "$PORT" 30 want=$BYTES
A UDP-SEND 10.2.0.2 $DROPPED 3 connect=0 >/dev/null
sleep 1.5
stop_waybill
kill $SERVER 2>/dev/null

# --- captures ---
journeys=$("$WAYBILL" read -r "$W" -j 2>/dev/null | grep -c '"type":"journey"')
reads() { # COMMAND...: as many lines as packets were written
	[ "$("$@" 2>/dev/null | wc -l)" = "$packets" ]
}
no_remark() { # but that the peer has room again
	! tshark -r "$F" -Y 'tcp.analysis.flags && !tcp.analysis.window_update' 2>/dev/null | grep .
}
nothing_bad() { ! tshark -q -z expert -r "$F" 2>/dev/null | grep -E '^(Errors|Warns) '; }
streams() { tshark -r "$F" -Y tcp -T fields -e tcp.stream 2>/dev/null | sort -u | wc -l; }
for at in first last both; do
	F=$DIR/$at.pcapng
	"$WAYBILL" read -r "$W" --write-at $at -w "$F" >/dev/null 2>&1
	# what the rule drops has not been translated yet: it has one form
	packets=$journeys
	[ $at != both ] || packets=$((2 * journeys - 3))
	check "$at: tshark reads each packet" reads tshark -r "$F"
	check "$at: tcpdump does" reads tcpdump -nr "$F"
	check "$at: capinfos finds them in strict time order" bash -c "capinfos '$F' 2>/dev/null | grep -q 'Strict time order: *True'"
	check "$at: reordercap has nothing to do" bash -c "reordercap -n '$F' /dev/null 2>/dev/null | grep -q ' 0 out of order'"
	check "$at: tshark has no remark about the connection" no_remark
	check "$at: ... neither an error nor a warning" nothing_bad
	check "$at: drops are found by the comment" [ "$(tshark -r "$F" -Y 'frame.comment contains "DROPPED"' 2>/dev/null | wc -l)" = 3 ]
done
check "both: each side of the NAT is one conversation" [ "$(F=$DIR/both.pcapng streams)" = 2 ]
"$WAYBILL" read -r "$W" -w - 2>/dev/null >"$DIR/pipe.pcapng"
check "-w - is the same on standard output" cmp "$DIR/both.pcapng" "$DIR/pipe.pcapng"
"$WAYBILL" read -r "$W" -S 60 -w "$DIR/short.pcapng" >/dev/null 2>&1
check "-S cuts each packet" [ "$(tshark -r "$DIR/short.pcapng" -Y 'frame.cap_len > 80' 2>/dev/null | wc -l)" = 0 ]

# --- the page ---
"$WAYBILL" report -r "$W" -o "$DIR/x.html" 2>"$DIR/err"
# its own profile, and nothing from anywhere: no name resolves
chromium() {
	timeout 120 chromium-headless-shell --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$DIR/profile" \
		--host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr --window-size=900,1200 "$@" 2>"$DIR/chromium.err"
}
picture() { # PAGE SCHEME, 0 dark, 1 light: width, height, brightness and red pixels of a screenshot
	chromium --blink-settings=preferredColorScheme="$2" --screenshot="$DIR/x.png" "file://$DIR/$1.html" >/dev/null &&
		perl tests/tools/picture.pl "$DIR/x.png"
}
read -r width height bright red < <(picture x 1)
cp "$DIR/chromium.err" "$DIR/console"
check "Chromium draws the page" [ "$width $height" = "900 1200" ]
check "... on white, with what died in red" [ "$bright" -gt 200 -a "$red" -gt 500 ]
check "... and has nothing to complain of" bash -c "! grep -E 'CONSOLE|Refused' '$DIR/console'"
read -r _ _ bright _ < <(picture x 0)
check "in the dark it is dark" [ "$bright" -lt 80 ]
perl -0pe 's|<script>.*?</script>||s' "$DIR/x.html" >"$DIR/still.html"
read -r _ _ _ without < <(picture still 1)
check "without script it is the same" [ "$without" = "$red" ]
chromium --dump-dom "file://$DIR/x.html" >"$DIR/dom"
check "no name has become a script" [ "$(grep -o '<script' "$DIR/dom" | wc -l)" = 1 ]
check "... and each journey is there" [ "$(grep -c '<details class="find[^>]*id="j' "$DIR/dom")" = "$journeys" ]
boxes() { "$WAYBILL" read -r "$W" -j 2>/dev/null | jq -rs '[.[] | select(.type == "journey") | .steps[] | [.netns, .station]] | unique | length'; }
check "the picture has a box for each station of each namespace" [ "$(grep -o '<rect class="box' "$DIR/dom" | wc -l)" = "$(boxes)" ]
chromium --print-to-pdf="$DIR/x.pdf" "file://$DIR/x.html" >/dev/null
check "it can be printed" bash -c "head -c 5 '$DIR/x.pdf' | grep -q '%PDF-'"
end_of_checks
