/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a namespace counts, all at one visit: whoever sets it beside sums of its own would need a
 * process for each of the questions, in every namespace. What devices count is asked apart: of
 * thousands of them it takes long.
 */
#include <errno.h>

#include "host/ask.h"

static const char *const files[] = {"snmp", "netstat", "snmp6", "softnet_stat"};

static const struct {
	const char *name;
	host_ask_fn ask;
} others[] = {
	{"links", host_ask_links},
	{"conntrack_stats", host_ask_conntrack_stats},
	{"qdiscs", host_ask_qdiscs},
};

/* What can't be read is left out. */
static void put(json_t *all, const char *name, host_ask_fn ask, json_t *args)
{
	json_t *answer = NULL;

	if (!ask(args, &answer))
		json_object_set_new(all, name, answer);
	json_decref(args);
}

int host_ask_counters(const json_t *args, json_t **ret)
{
	json_t *all = json_object();

	(void)args;
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		put(all, files[i], host_ask_file, json_pack("{s:s}", "name", files[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		put(all, others[i].name, others[i].ask, NULL);
	*ret = all;
	return 0;
}
