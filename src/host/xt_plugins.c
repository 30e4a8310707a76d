/* SPDX-License-Identifier: GPL-2.0-only */
/* See xt_plugins.h. A name out of a rule becomes part of a path only if it is a plain word. */
#include "host/xt_plugins.h"

#include <dlfcn.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/netlink.h"

#define PLUGINS_MAX 128

struct names_seen {
	char name[PLUGINS_MAX][32];
	size_t n;
};

static bool is_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n && n < sizeof(((struct names_seen *)0)->name[0]) && !s[n];
}

static void note(struct names_seen *seen, const char *name)
{
	for (size_t i = 0; i < seen->n; i++)
		if (!strcmp(seen->name[i], name))
			return;
	if (seen->n < PLUGINS_MAX && is_word(name))
		snprintf(seen->name[seen->n++], sizeof(seen->name[0]), "%s", name);
}

static bool is_text(const struct nlattr *a)
{
	return mnl_attr_get_payload_len(a) && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0;
}

/* "match" and "target" carry the plugin's name in the same place. */
_Static_assert((int)NFTA_MATCH_NAME == (int)NFTA_TARGET_NAME, "read as one");

static void read_expr(struct names_seen *seen, const struct nlattr *expr)
{
	const struct nlattr *a, *b, *data = NULL;
	bool compat = false;

	mnl_attr_for_each_nested(a, expr)
	{
		if (mnl_attr_get_type(a) == NFTA_EXPR_NAME && is_text(a))
			compat = !strcmp(mnl_attr_get_str(a), "match") ||
				 !strcmp(mnl_attr_get_str(a), "target");
		else if (mnl_attr_get_type(a) == NFTA_EXPR_DATA)
			data = a;
	}
	if (!compat || !data)
		return;
	mnl_attr_for_each_nested(b, data)
	{
		if (mnl_attr_get_type(b) == NFTA_MATCH_NAME && is_text(b))
			note(seen, mnl_attr_get_str(b));
	}
}

static int on_rule(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *a, *expr;

	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(a) != NFTA_RULE_EXPRESSIONS)
			continue;
		mnl_attr_for_each_nested(expr, a) read_expr(arg, expr);
	}
	return MNL_CB_OK;
}

static void load(const char *name)
{
	static const char *const directories[] = {
		"/usr/lib/x86_64-linux-gnu/xtables",
		"/usr/lib/aarch64-linux-gnu/xtables",
		"/usr/lib64/xtables",
		"/usr/lib/xtables",
		"/usr/local/lib/xtables",
	};
	/* a plugin registers only what is of the family that libxtables is at */
	static const struct {
		const char *prefix;
		uint8_t family;
	} kinds[] = {
		{"libxt_", NFPROTO_IPV4},    {"libipt_", NFPROTO_IPV4}, {"libip6t_", NFPROTO_IPV6},
		{"libebt_", NFPROTO_BRIDGE}, {"libarpt_", NFPROTO_ARP},
	};
	void (*set_family)(uint8_t family) = dlsym(RTLD_DEFAULT, "xtables_set_nfproto");

	for (size_t d = 0; d < sizeof(directories) / sizeof(directories[0]); d++) {
		if (access(directories[d], X_OK))
			continue;
		for (size_t p = 0; p < sizeof(kinds) / sizeof(kinds[0]); p++) {
			char path[128];

			snprintf(path, sizeof(path), "%s/%s%s.so", directories[d], kinds[p].prefix,
				 name);
			if (access(path, R_OK))
				continue;
			if (set_family)
				set_family(kinds[p].family);
			dlopen(path, RTLD_NOW);
		}
	}
}

void xt_plugins_open(void)
{
	struct mnl_socket *s = netlink_open(NETLINK_NETFILTER);
	struct names_seen seen = {0};
	struct netlink_room room;
	struct nlmsghdr *nlh =
		netlink_request(&room, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));

	if (!s)
		return;
	*g = (struct nfgenmsg){.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
	netlink_ask(s, nlh, on_rule, &seen);
	mnl_socket_close(s);
	for (size_t i = 0; i < seen.n; i++)
		load(seen.name[i]);
}
