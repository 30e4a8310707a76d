#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The exporter, scraped by a real client and read from its file, while an XDP program drops; as TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbx

ends() { # STATUS WORDS COMMAND...
	local status=$1 words=$2
	shift 2
	timeout 20 "$@" >"$DIR/err" 2>&1
	[ $? = "$status" ] && grep -q -- "$words" "$DIR/err"
}
scrape() { curl -sf --max-time 5 "http://127.0.0.1:$PORT$1"; }
metric() { grep -E "^$1 $2\$" "$DIR/metrics"; } # PATTERN VALUE

check "neither nor: a usage error" ends 2 "either --listen" "$WAYBILL" export
check "both: a usage error" ends 2 "either --listen" "$WAYBILL" export --listen 1 --textfile f
check "no address: a usage error" ends 2 "not ADDR:PORT" "$WAYBILL" export --listen nowhere:x
check "a directory that isn't there" ends 1 "No such file" "$WAYBILL" export --textfile "$DIR/none/f" --duration 3s

network router || { echo "Bail out! no network"; exit 1; }
ip -n "${P}R" link set dev r0 xdpgeneric obj "$OBJ/xdp_drop.o" sec xdp
start_waybill export --listen "$PORT" --interval 200ms --labels rule,program \
	-N "${P}A" -N "${P}R" -- udp or icmp || exit 1
A RAW-FRAME c0 dmac="$(mac R r0)" src=10.1.0.1 dst=10.1.0.254 dport=9000 n=7
A ping -qc2 -i0.2 -W1 10.1.0.254 >/dev/null
all_there() { scrape /metrics >"$DIR/metrics" && metric 'waybill_layer_drops_total\{layer="xdp"\}' 7; }
within 100 all_there
check "each packet that XDP dropped, with its place and program" \
	grep -qE "^waybill_drops_total\{netns=\"${P}R\",interface=\"r0\",layer=\"xdp\",station=\"xdp\",reason=\"[A-Z_]+\",rule=\"\",program=\"[^\"]*drop[^\"]*\"\} 7\$" "$DIR/metrics"
check "the layer's sum" metric 'waybill_layer_drops_total\{layer="xdp"\}' 7
check "each metric has its type" bash -c "! grep -v '^#' '$DIR/metrics' | sed 's/[{ ].*//' | sort -u |
	while read -r m; do grep -q \"^# TYPE \$m \" '$DIR/metrics' || echo \$m; done | grep ."
check "no address, port or process is a label" bash -c "! grep -E '10\.1\.0|port=|pid=' '$DIR/metrics'"
check "nothing was lost" bash -c "! grep '^waybill_lost_events_total' '$DIR/metrics' | grep -v ' 0\$'"
check "elsewhere there is nothing" bash -c "[ \"\$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:$PORT/x)\" = 404 ]"
check "a port in use" ends 1 "Address already in use" "$WAYBILL" export --listen "$PORT" --duration 1s
stop_waybill

start_waybill export --textfile "$DIR/file.prom" --interval 200ms -N "${P}R" -- udp || exit 1
A RAW-FRAME c0 dmac="$(mac R r0)" src=10.1.0.1 dst=10.1.0.254 dport=9000 n=5
file_tells() { cp "$DIR/file.prom" "$DIR/metrics" && metric 'waybill_drops_total\{.*layer="xdp".*\}' 5; }
check "the file, whole, while it runs" within 100 file_tells
stop_waybill
check "and nothing but the file remains" bash -c "! ls '$DIR' | grep tmp"

# a folder that is the collector's, with the unit's rights and the two that it names for that
rights=$(sed -n 's/^CapabilityBoundingSet=//p' man/waybill-export.service | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
cat >"$DIR/as_unit" <<-E
	#!/bin/sh
	exec setpriv --bounding-set=-all,$rights,+setuid,+setgid $WAYBILL "\$@"
E
chmod 755 "$DIR/as_unit"
install -d -o 65534 -g 65534 "$DIR/collector"
chmod 755 "$DIR"
WAYBILL=$DIR/as_unit start_waybill export --textfile "$DIR/collector/file.prom" --interval 200ms -N "${P}R" -- udp || exit 1
check "a folder that is not root's" within 50 grep -qs waybill_packets_total "$DIR/collector/file.prom"
check "... has a file of its owner" [ "$(stat -c %u "$DIR/collector/file.prom")" = 65534 ]
stop_waybill
end_of_checks
