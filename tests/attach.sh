#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# waybill's own observer at XDP (--attach xdp:), as TAP: what it shows, that it replaces nobody's program
# and that nothing stays. At tc: attach_tc.sh.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wba
network router
waybill_in R # where the devices are

# Nobody listens on the port, so each datagram is one journey that ends as dropped.
send() { A UDP-SEND 10.2.0.2 $PORT 3 connect=0 >/dev/null; }
trace() { # OPTIONS..., three datagrams meanwhile
	start_waybill trace -j "$@" || return
	send
	sleep 1
	stop_waybill
}
journeys() { # with the stations $1 (one regular expression for all of them)
	jq -r 'select(.type == "journey") | [.steps[].station] | join(" ")' "$DIR/out" | grep -cE "$1"
}
has_xdp() { ip -n "${P}R" link show r0 | grep -q xdp; }
no_xdp() { ! has_xdp; }
refused() { timeout 20 "$WAYBILL" --attach "$@" udp 2>"$DIR/err"; [ $? = 1 ]; }

trace --attach xdp:r0 -N "${P}R" udp port $PORT
check "frames begin at XDP and go on as packets" [ "$(journeys '^xdp (driver.rx )?rx .*route.in')" = 3 ]
check "... and are no journeys of their own" [ "$(journeys .)" = 3 ]
check "the station is not missing" bash -c "! head -1 '$DIR/out' | jq -e '.missing_stations | index(\"xdp\")' >/dev/null"
trace --attach xdp:r0:native udp port $PORT
check "a packet from a local sender stays itself at XDP" [ "$(journeys '^(socket.send|nf.output) .*driver.tx xdp (driver.rx )?rx .*route.in')" = 3 ]
trace --attach xdp:r0:generic udp port $PORT
check "generic XDP is behind rx" [ "$(journeys 'driver.tx rx xdp route.in')" = 3 ]
trace --attach xdp:r0 udp port 2 and port $PORT
check "a filter that doesn't match is asked at XDP, too" [ "$(journeys .)" = 0 ]
start_waybill drops -j --attach xdp:r0 udp port $PORT
send
sleep 1
stop_waybill
check "drops counts each once" [ "$(jq -s 'map(select(.final)) | .[0].dropped.socket' "$DIR/out")" = 3 ]

start_waybill trace --attach xdp:r0 udp
check "the program is there" has_xdp
kill_waybill
check "... and gone after kill -9" within 50 no_xdp

ip -n "${P}R" link set dev r0 xdp obj "$OBJ/xdp_redir.o" sec xdp
id=$(ip -n "${P}R" link show r0 | sed -n 's/.*prog\/xdp id \([0-9]*\).*/\1/p')
check "somebody else's program is not replaced" refused xdp:r0
check "... but named" grep -q "XDP program $id is there already" "$DIR/err"
check "... and still there" bash -c "ip -n '${P}R' link show r0 | grep -q 'id $id '"
check "a driver without XDP is told" refused xdp:lo:native
check "... with what would work" grep -q xdp:lo:generic "$DIR/err"
check "an unknown interface is told" refused xdp:nosuch
timeout 20 "$WAYBILL" --attach xdp:r0:fast udp 2>"$DIR/err"
check "an unknown mode is exit 2" [ $? = 2 ]
end_of_checks
