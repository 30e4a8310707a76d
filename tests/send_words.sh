#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The words that describe a packet, as TAP: those that --help lists are those that the manual page
# lists, each is taken and printed again, and what is wrong is refused with its place.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
DIR=$(mktemp -d "${TMPDIR:-/tmp}/waybill.words.XXXXXX")
trap 'rm -rf "$DIR"' EXIT
dry() { "$WAYBILL" send --dry "$1" >"$DIR/out" 2>"$DIR/screen"; }

# a packet, and with what it is printed; each word that there is stands in one of them
taken=(
	"tcp 10.0.0.1:4 > 10.0.0.2:80 flags SA seq 1 ack 2 win 3 | :4 > 10.0.0.2:80 flags SA seq 1 ack 2 win 3 "
	"tcp 10.0.0.1 > 10.0.0.2:80 flags syn,ack | flags SA "
	"tcp 10.0.0.1 > 10.0.0.2:80 flags none | flags none "
	"tcp 10.0.0.1 > 10.0.0.2:80 ack 7 | flags A "
	"tcp 10.0.0.1 > 10.0.0.2:80 | flags S "
	"icmp 10.0.0.1 > 10.0.0.2 type unreachable code 1 | type 3 code 1 "
	"icmp 10.0.0.1 > 10.0.0.2 id 3 seq 4 | seq 4 type 8 code 0 id 3 "
	"icmp6 fd00::1 > fd00::2 type too-big flow 0x10 | type 2 code 0 ttl 64 tos 0 flow 16 "
	"sctp 10.0.0.1 > 10.0.0.2:9 vtag 3 | vtag 3 "
	"gre 10.0.0.1 > 10.0.0.2 seq 3 | seq 3 "
	"arp 10.0.0.1 > 10.0.0.2 reply | 10.0.0.2 reply"
	"ndp fd00::1 > fd00::2 reply | reply ttl 255 "
	"proto 89 10.0.0.1 > 10.0.0.2 ttl 4 tos 5 ipid 6 nodf | ttl 4 tos 5 ipid 6 nodf len 0"
	"udp 10.0.0.1 > 10.0.0.2:9 df len 9 badsum | df len 9 badsum"
	"udp 10.0.0.1 > 10.0.0.2:9 fragment 8 more | fragment 8 more len 8"
	'udp 10.0.0.1 > 10.0.0.2:9 payload "a b" | payload "a b"'
	"udp 10.0.0.1 > 10.0.0.2:9 payload 0x0aff | payload 0x0aff"
	"udp 10.0.0.1 > 10.0.0.2:9 payload @$DIR/payload | payload \"of a file\""
	"udp fd00::1 > [fd00::2]:9 vlan 7 smac 02:00:00:00:00:01 dmac 02:00:00:00:00:02 | vlan 7 smac 02:00:00:00:00:01 dmac 02:00:00:00:00:02"
)
printf 'of a file' >"$DIR/payload"
for row in "${taken[@]}"; do
	dry "${row% | *}"
	check "${row% | *} is taken" grep -qF -- "${row##* | }" "$DIR/out"
done
"$WAYBILL" send --dry --out 'udp 10.0.0.1 > 10.0.0.2:9 mark 7' >"$DIR/out" 2>"$DIR/screen"
check "a mark of what a process sends is taken" grep -q ' mark 7' "$DIR/out"
"$WAYBILL" send --help | sed -n 's/^    \([a-z0-9][a-z0-9]*\)  .*/\1/p' >"$DIR/words"
check "--help lists words" [ "$(wc -l <"$DIR/words")" -gt 20 ]
while read -r word; do
	check "$word is tried here" grep -qE "^	?[\"'].* ${word}[ '\"]" "$0"
	check "$word stands in the manual page" grep -q "\*$word\*" man/waybill.8.scd
done <"$DIR/words"
for name in $("$WAYBILL" send --help | tr -s '\n ,' ' ' | sed 's/.*; names: \([^(]*\)(icmp icmp6).*/\1/'); do
	check "the type $name stands in the manual page" grep -q "\*$name\*" man/waybill.8.scd
done

# what is wrong, and the piece that the error has to point at
wrong=(
	"xcp 10.0.0.1 > 10.0.0.2:80|xcp"
	"proto 300 10.0.0.1 > 10.0.0.2|300"
	"tcp here > 10.0.0.2:80|here"
	"tcp 10.0.0.1 10.0.0.2:80|10.0.0.2:80"
	"tcp 10.0.0.1 > 10.0.0.2|10.0.0.2"
	"tcp 10.0.0.1:70000 > 10.0.0.2:80|10.0.0.1:70000"
	"tcp 10.0.0.1 > [fd00::1]:80|[fd00::1]:80"
	"icmp 10.0.0.1 > 10.0.0.2:7|10.0.0.2:7"
	"arp fd00::1 > fd00::2|fd00::1"
	"tcp 10.0.0.1 > 10.0.0.2:80 flgs S|flgs S"
	"tcp 10.0.0.1 > 10.0.0.2:80 flags XY|XY"
	"udp 10.0.0.1 > 10.0.0.2:80 flags S|flags S"
	"udp 10.0.0.1 > 10.0.0.2:80 flow 5|flow 5"
	"udp 10.0.0.1 > 10.0.0.2:80 ttl 256 len 4|256 len 4"
	"udp 10.0.0.1 > 10.0.0.2:80 ttl 5 ttl 6|ttl 6"
	"udp 10.0.0.1 > 10.0.0.2:80 fragment 7|7"
	"udp 10.0.0.1 > 10.0.0.2:80 df nodf|nodf"
	"udp 10.0.0.1 > 10.0.0.2:80 payload 0x012|0x012"
	'udp 10.0.0.1 > 10.0.0.2:80 payload "abc|"abc'
	"udp 10.0.0.1 > 10.0.0.2:80 smac 1:2|1:2"
	"icmp 10.0.0.1 > 10.0.0.2 type odd|odd"
	"icmp 10.0.0.1 > 10.0.0.2 seq 70000|70000"
	"gre fd00::1 > fd00::2 badsum len 4|badsum len 4"
)
for row in "${wrong[@]}"; do
	packet=${row%%|*} rest=${row#*|}
	dry "$packet"
	status=$?
	column=$((${#packet} - ${#rest}))
	case $packet in *"$rest") ;; *) before=${packet%%"$rest"*} column=${#before} ;; esac
	check "$packet is refused" [ $status = 2 -a ! -s "$DIR/out" ]
	check "... and $rest pointed at" grep -qx "    $(printf '%*s' "$column" '')^" "$DIR/screen"
done
end_of_checks
