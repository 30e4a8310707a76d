/* SPDX-License-Identifier: GPL-2.0-only */
/* What is registered at netfilter's hooks, in the order in which it runs. */
#ifndef WAYBILL_CAUSES_HOOKS_H
#define WAYBILL_CAUSES_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/names.h"
#include "waybill/station.h"

struct hook_row {
	enum wb_station station;
	const char *family; /* static: "ip", "ip6", "bridge", "netdev" */
	int priority;
	char dev[16];
	char function[64], module[32];		   /* the kernel's; "" from_kernel is false */
	char nft_family[16], table[64], chain[64]; /* "": no chain of nftables or iptables */
	uint32_t prog_id;			   /* a BPF program's */
};

struct hooks {
	struct hook_row *rows;
	size_t n;
	/* false: the kernel does not tell (before 5.14, or built without), so these are the chains
	 * of the rulesets, by priority: equal priorities may run the other way round */
	bool from_kernel;
};

/*
 * Those of the namespace with this inode number (0: the own one). family: NULL all. dev: NULL all
 * devices, for the netdev family. hooks_free() frees them.
 */
void hooks_read(struct hooks *h, struct names *n, uint32_t inum, const char *family,
		const char *dev);
void hooks_free(struct hooks *h);

#endif
