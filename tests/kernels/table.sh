#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The manual's table of what each kernel shows in each mode, from 'waybill check' on these very kernels:
# boots each and prints the table for man/waybill-stations.7.scd. Usage: table.sh [SERIES ...]
set -u
cd "$(dirname "$0")/../.." || exit 1
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 7.2
modes="auto kprobe tracepoint"
seen=$(mktemp)
trap 'rm -f "$seen"' EXIT

# the modules whose functions are probed, as on a machine where they are in use
modules="nft_reject_inet nft_compat nft_queue nft_nat nft_masq xfrm_interface ip_tunnel nf_defrag_ipv4"
for series in "$@"; do
	tests/kernels/boot.sh "$series" bash -c "for m in $modules; do modprobe \$m; done 2>/dev/null
		for m in $modes; do build/waybill check -j --mode \$m; done" |
		grep '^{' | jq -r --arg s "$series" '[.mode] as $m | .stations | to_entries[] | "\($s) \(.key) \(.value)"' |
		awk -v modes="$modes" '{n[$2]++; split(modes, m); print $1, m[n[$2]], $2, $3}' >>"$seen"
done

awk -v kernels="$*" -v modes="$modes" '
	{ if (!($3 in order)) { order[$3] = ++n; name[n] = $3 } is[$1, $2, $3] = $4 }
	END {
		k = split(kernels, kernel); m = split(modes, mode)
		printf "[[ *Station*\n"
		for (i = 1; i <= k; i++) printf ":< *%s*\n", kernel[i]
		for (s = 1; s <= n; s++) {
			printf "|  %s\n", name[s]
			for (i = 1; i <= k; i++) {
				cell = ""
				for (j = 1; j <= m; j++)
					if (is[kernel[i], mode[j], name[s]] == "true")
						cell = cell substr(mode[j], 1, 1)
				printf ":  %s\n", cell == "" ? "-" : cell
			}
		}
	}' "$seen"
