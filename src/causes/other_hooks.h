/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands at a netfilter hook besides chains of rules, and can drop there. */
#ifndef WAYBILL_CAUSES_OTHER_HOOKS_H
#define WAYBILL_CAUSES_OTHER_HOOKS_H

#include "host/names.h"
#include "waybill/station.h"

#define OTHER_PROGRAMS_MAX 16

struct other_hooks {
	bool known; /* false: the kernel does not list its hooks, the rest is concluded */
	bool conntrack, nat, ipvs;
	char unknown[48]; /* a function of somebody else's, or what is too much; "": none */
	struct {
		uint32_t id;
		char name[16];
	} programs[OTHER_PROGRAMS_MAX]; /* BPF netfilter programs that are not waybill's own */
	size_t n_programs;
};

/* hooks: one or several, bits of stations. family: "ip" or "ip6". */
struct other_hooks other_hooks_of(struct names *n, uint32_t inum, uint64_t hooks,
				  const char *family);

#endif
