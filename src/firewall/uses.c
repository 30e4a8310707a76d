/* SPDX-License-Identifier: GPL-2.0-only */
/* What a ruleset brings into a namespace by its rules alone. */
#include <string.h>

#include "firewall/firewall.h"

static bool is_one_of(const char *name, const char *const *words, size_t n)
{
	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(name, words[i]))
			return true;
	return false;
}

#define IS_ONE_OF(name, words) is_one_of(name, words, sizeof(words) / sizeof((words)[0]))

static bool translates(const struct fw_expr *e)
{
	static const char *const targets[] = {"SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP"};

	return e->op == FW_NAT || (e->op == FW_XT_TARGET && IS_ONE_OF(e->name, targets));
}

static bool tracks(const struct fw_expr *e)
{
	static const char *const names[] = {"conntrack", "state",	"connlimit", "connmark",
					    "connbytes", "CONNMARK",	"SYNPROXY",  "CT",
					    "helper",	 "CONNSECMARK", "synproxy",  "connlabel"};

	return translates(e) || e->op == FW_CT || e->op == FW_CT_SET || e->op == FW_SYNPROXY ||
	       IS_ONE_OF(e->name, names);
}

static bool any(const struct firewall *f, bool (*is)(const struct fw_expr *e))
{
	for (size_t i = 0; i < f->n_chains; i++)
		for (size_t r = 0; r < f->chains[i].n_rules; r++)
			for (size_t k = 0; k < f->chains[i].rules[r].n_exprs; k++)
				if (is(&f->chains[i].rules[r].exprs[k]))
					return true;
	return false;
}

bool firewall_has_nat(const struct firewall *f)
{
	return any(f, translates);
}

bool firewall_has_ct(const struct firewall *f)
{
	return any(f, tracks);
}
