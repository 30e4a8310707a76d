/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts and families by their numbers; negative verdicts are nftables' own. */
#include "model/nft_verdict.h"

#include <stddef.h>

const char *nft_family_name(uint8_t family)
{
	static const char *const names[] = {
		[1] = "inet", [2] = "ip", [3] = "arp", [5] = "netdev", [7] = "bridge", [10] = "ip6",
	};

	return family < sizeof(names) / sizeof(names[0]) && names[family] ? names[family] : "?";
}
