/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Would a namespace's own rules drop a question for the link address of one of its addresses, or
 * the answer? Asked of the rules, where those packets themselves were not followed.
 */
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/in6.h>
#include <string.h>

#include "causes/decide.h"
#include "causes/ruleset.h"
#include "causes/suspects.h"

/* Of neighbour discovery; the header that has them clashes with the kernel's own. */
enum { SOLICIT = 135, ADVERT = 136 };

/* The way of a question in, and of an answer out. */
static const struct {
	uint8_t family, pf, hook;
	bool answer;
} hooks[] = {
	{4, NFPROTO_ARP, 0, false},
	{4, NFPROTO_ARP, 1, true},
	{6, NFPROTO_IPV6, NF_INET_PRE_ROUTING, false},
	{6, NFPROTO_IPV6, NF_INET_LOCAL_IN, false},
	{6, NFPROTO_IPV6, NF_INET_LOCAL_OUT, true},
	{6, NFPROTO_IPV6, NF_INET_POST_ROUTING, true},
};

static void make(struct wb_packet *p, uint8_t family, const uint8_t address[16], bool answer)
{
	static const uint8_t group[13] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};

	*p = (struct wb_packet){.ethertype = ETH_P_ARP, .segments = 1};
	if (family != 6)
		return;
	p->family = 6;
	p->proto = IPPROTO_ICMPV6;
	p->ttl = 255;
	p->ethertype = ETH_P_IPV6;
	p->icmp_type = answer ? ADVERT : SOLICIT;
	if (answer) {
		memcpy(p->saddr, address, 16);
	} else {
		memcpy(p->daddr, group, sizeof(group));
		memcpy(p->daddr + 13, address + 13, 3);
	}
}

/* Who drops it, if something surely does; NULL: it may pass. */
static const struct fw_end *killer(const struct fw_result *r)
{
	const struct fw_end *found = NULL;

	if (r->incomplete || r->passes != NO)
		return NULL;
	for (size_t i = 0; i < r->n_ends; i++) {
		if (!fw_end_kills(&r->ends[i]))
			continue;
		if (found)
			return NULL;
		found = &r->ends[i];
	}
	return found;
}

struct decider *decide_question(struct names *n, uint32_t inum, uint8_t family,
				const uint8_t address[16], const char *dev, bool *answer)
{
	struct ruleset *rules = ruleset_of(n, inum, 0);
	struct decider *d = NULL;

	for (size_t i = 0; rules && i < sizeof(hooks) / sizeof(hooks[0]) && !d; i++) {
		struct fw_device here = {.known = dev[0], .name = dev};
		struct fw_subject of = {.pf = hooks[i].pf, .hook = hooks[i].hook};
		struct wb_packet p;
		struct fw_result r;

		if (hooks[i].family != family)
			continue;
		make(&p, family, address, hooks[i].answer);
		of.packet = &p;
		of.varies = hooks[i].answer ? FW_VARIES_TARGET : FW_VARIES_SOURCE;
		of.ct = FW_CT_UNTRACKED; /* conntrack passes over them, 5.10 to 7.2 */
		if (hooks[i].answer)
			of.out = here;
		else
			of.in = here;
		fw_walk(rules->f, &of, &r);
		if (killer(&r))
			d = decide_end(n, rules, killer(&r));
		*answer = hooks[i].answer;
		fw_result_free(&r);
	}
	return d;
}
