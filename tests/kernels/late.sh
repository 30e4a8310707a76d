#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Modules that are loaded after waybill has started, inside a virtual machine, as TAP: nobody else's
# rules may be in use there, because their modules are unloaded first.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
own_place wbl

unloaded() {
	for _ in 1 2 3 4 5; do
		for m in $(awk '$1 ~ /^(nft_|nf_tables$|vxlan$)/ {print $1}' /proc/modules); do
			rmmod "$m" 2>/dev/null || modprobe -r "$m" 2>/dev/null
		done
	done
	! grep -q '^nf_tables ' /proc/modules
}

unloaded || { echo "1..0 # SKIP nf_tables can't be unloaded here"; exit 0; }
network router
start_waybill trace -j -N "${P}A" -N "${P}R" -N "${P}B" -- udp port 9000 || exit 1
R nft "add table inet f; add chain inet f x; add chain inet f in { type filter hook forward priority 0; }
add rule inet f in jump x; add rule inet f x ip saddr 10.9.9.9 drop; add rule inet f x udp dport 9000 drop"
# under emulation it takes half a minute to load the programs for it
for _ in $(seq 45); do
	sleep 4
	A bash -c "echo x >/dev/udp/10.2.0.2/9000"
	grep '"chain":"x"' "$DIR/out" | grep -qv '"found"' && break
done
stop_waybill
drop=$(jq -c 'select(.type == "journey" and .drop) | .drop.decider' "$DIR/out" | tail -1)
check "nf_tables came later, and its rule is named by itself" \
	jq -e '.kind == "nft_rule" and .chain == "x" and .handle > 0 and (has("found") | not)' <<<"$drop"
[ "$failed" = 0 ] || sed 's/^/# /' "$DIR/out" "$DIR/err"
end_of_checks
