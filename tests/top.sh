#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# waybill top in a real terminal (tmux), while an XDP program drops: what it shows, its keys, a small
# and a large screen, and that the terminal is given back. As TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbtop
S=waybill-$$
tm() { tmux -L "$S" "$@" 2>/dev/null; }
trap 'tm kill-server; leave' EXIT

screen() { tm capture-pane -p -t top; }
shows_now() {
	screen >"$DIR/screen"
	grep -qE -- "$1" "$DIR/screen"
}
shows() { within 100 shows_now "$1"; }
hidden() { ! shows_now "$1"; }
hides() { within 100 hidden "$1"; }
narrow() { screen >"$DIR/screen" && ! grep -qE '.{81}' "$DIR/screen"; }

command -v tmux >/dev/null || { echo "1..0 # SKIP no tmux"; exit 0; }
network router || { echo "Bail out! no network"; exit 1; }
ip -n "${P}R" link set dev r0 xdpgeneric obj "$OBJ/xdp_drop.o" sec xdp
: >"$DIR/screen"
check "no terminal: it says so" bash -c "'$WAYBILL' top </dev/null 2>&1 | grep -q 'waybill drops'"
tm new-session -d -s top -x 80 -y 24 "'$WAYBILL' top --interval 300ms -N ${P}A -N ${P}R -- udp or icmp; echo status=\$?; sleep 60"
# until all is loaded, which takes seconds, more on a busy machine
check "it starts" within 300 shows_now "no packet has died yet"
A RAW-FRAME c0 dmac="$(mac R r0)" src=10.1.0.1 dst=10.1.0.254 dport=9000 n=7
A RAW-FRAME c0 dmac="$(mac R r0)" src=10.1.0.1 dst=10.1.0.254 dport=9999 n=3
running() { pgrep -f "^$WAYBILL top --interval 300ms -N ${P}A"; }
# shellcheck disable=SC2046,SC2086 # words
narrow_rights() {
	local all
	all=$(running) && holds_no_more $(threads $all)
}
check "no process has more rights than its task" narrow_rights
check "what XDP dropped" shows "7 .*xdp +xdp r0 in ${P}R +prog"
check "what found no socket" shows "3 .*socket +.*r0"
check "the layers' sums" shows "died: xdp 7   socket 3"
check "80 columns are enough" narrow
tm send-keys -t top s
check "s sorts" shows "sort:total"
tm send-keys -t top d
check "d tells the details" shows "7 packets, [0-9]+ bytes"
check "... with why and where" shows "^where xdp at xdp r0"
tm send-keys -t top d
tm send-keys -t top Enter
check "Enter shows its last journeys, station by station" shows "driver +tx c0"
check "... each with its packet" shows "#1 UDP 10\.1\.0\.1:[0-9]+ > 10\.1\.0\.254:9000"
check "... on 80 columns" narrow
tm send-keys -t top NPage
check "... with the next page" shows "^ +why +"
tm send-keys -t top Enter
check "Enter again leaves them" shows "^RATE/s"
tm send-keys -t top d
tm send-keys -t top f socket Enter
check "f keeps what fits" shows "filter:socket"
check "and hides the rest" hides "xdp r0"
tm send-keys -t top h
check "h helps" shows "pause: the counting goes on"
tm send-keys -t top h
tm resize-window -t top -x 40 -y 8
check "on 40 columns and 8 lines the last one is the keys'" shows "^q quit"
check "... and the first ones are not written over" shows "^died: "
check "... and the details have the room" shows "^seen "
tm resize-window -t top -x 120 -y 40
check "it follows the terminal's size" shows "filter:socket"
tm send-keys -t top q
check "q leaves, with the terminal as it was" shows "status=0"

# A signal at any time gives the terminal back, too.
begins() { # WHEN IT SHOWS THIS
	tm kill-session -t top
	tm new-session -d -s top -x 80 -y 24 "'$WAYBILL' top -N ${P}A -- udp port 1; echo status=\$?; stty -a; sleep 60"
	within 300 shows_now "$1"
}
given_back() { # SIGNAL, WHAT IS SAID THEN
	kill -"$1" "$(pgrep -of "^$WAYBILL top -N ${P}A")"
	shows "$2" && shows " echo " && shows " icanon " &&
		equal "$(tm display -p -t top '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}')" "0 1 0"
}
check "it says that it starts" begins "starting"
check "SIGINT then gives the terminal back, and is said" given_back INT "asked to end before it traced"
check "SIGQUIT while it starts" eval 'begins starting && given_back QUIT status=131'
check "SIGTERM later" eval 'begins "no packet has died yet" && given_back TERM status=0'
check "SIGQUIT later" eval 'begins "no packet has died yet" && given_back QUIT status=131'
end_of_checks
