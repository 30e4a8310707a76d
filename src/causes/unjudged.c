/* SPDX-License-Identifier: GPL-2.0-only */
/* See unjudged.h. */
#include "causes/unjudged.h"

#include <stdio.h>
#include <string.h>

/* In words, by the name of the expression or the extension; one of no row is said by its name. */
static const char *words(const char *name)
{
	static const struct {
		const char *name, *words;
	} rows[] = {
		{"exthdr", "TCP options or IPv6 extension headers"},
		{"tcpmss", "TCP options"},
		{"limit", "a rate limit"},
		{"hashlimit", "a rate limit"},
		{"quota", "a quota"},
		{"connlimit", "a number of connections"},
		{"dynset", "a set that rules add to"},
		{"objref", "a named limit or quota"},
		{"recent", "a list of recent addresses"},
		{"set", "an ipset"},
		{"time", "the time of day"},
		{"numgen", "chance or turns"},
		{"statistic", "chance or turns"},
		{"hash", "a hash"},
		{"socket", "the packet's socket"},
		{"owner", "the packet's process"},
		{"tos", "DSCP or TOS"},
		{"dscp", "DSCP or TOS"},
		{"ecn", "DSCP or TOS"},
		{"length", "the packet's length"},
		{"ttl", "TTL or hop limit"},
		{"hl", "TTL or hop limit"},
		{"pkttype", "how the link addressed it (pkttype)"},
		{"physdev", "a bridge's port (physdev)"},
		{"meta", "the device's group, type or kind, or a priority"},
		{"connection", "a connection's counters, helper, label or answers"},
		{"connbytes", "a connection's counters, helper, label or answers"},
		{"helper", "a connection's counters, helper, label or answers"},
		{"connlabel", "a connection's counters, helper, label or answers"},
		{"mac", "the sender's link address"},
		{"ah", "TCP options or IPv6 extension headers"},
		{"hbh", "TCP options or IPv6 extension headers"},
		{"dst", "TCP options or IPv6 extension headers"},
		{"frag", "TCP options or IPv6 extension headers"},
		{"ipv6header", "TCP options or IPv6 extension headers"},
		{"osf", "the sender's operating system (osf)"},
		{"cluster", "chance or turns"},
		{"realm", "the packet's route"},
		{"rpfilter", "a route look-up (fib)"},
		{"fib", "a route look-up (fib)"},
		{"rt", "the packet's route"},
		{"xfrm", "IPsec"},
		{"policy", "IPsec"},
		{"string", "the packet's content"},
		{"u32", "the packet's content"},
		{"bpf", "a BPF program"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].words;
	return name;
}

void full_set_hint(struct decider *d, const struct fw_end *e)
{
	const struct fw_set *set = firewall_full_set(e->chain, e->rule);
	char hint[160];

	if (!set || decider_text(d, "hint"))
		return;
	snprintf(hint, sizeof(hint),
		 "the set %.60s is full (%zu of %u), so a rule that adds to it goes no further",
		 set->name, set->n_elems, set->size);
	decider_set_text(d, "hint", hint);
}

void unjudged_hint(struct decider *d, const struct suspects *s)
{
	char all[128] = "", hint[192];

	for (size_t i = 0; i < s->n; i++) {
		const char *name = firewall_unjudged(s->of[i].rule);
		const char *what = name ? words(name) : "";
		size_t at = strlen(all);

		if (!strstr(all, what) && at + strlen(what) + 3 < sizeof(all))
			snprintf(all + at, sizeof(all) - at, "%s%s", at ? ", " : "", what);
	}
	if (!all[0] || decider_text(d, "hint"))
		return;
	snprintf(hint, sizeof(hint), "what %s depend%s on is not known here: %s",
		 s->n > 1 ? "they" : "it", s->n > 1 ? "" : "s", all);
	decider_set_text(d, "hint", hint);
}
