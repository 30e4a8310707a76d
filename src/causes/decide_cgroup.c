/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of cgroups, and the sockets' own filters, which end at the same place. */
#include <linux/bpf.h>

#include "causes/decide.h"
#include "host/listing.h"

/* All programs of these types, NULL: there is none. pid: only those that are asked about it.
 * *all: false: which there are could not be read. */
static struct decider *cgroup_programs(struct names *n, const uint32_t *types, size_t n_types,
				       uint32_t pid, bool *all)
{
	json_t *numbers = json_array(), *programs, *p;
	struct decider *found = NULL;
	size_t i;

	for (i = 0; i < n_types; i++)
		json_array_append_new(numbers, json_integer(types[i]));
	*all = host_was_read(
		host_ask(names_host(n), HOST_ASK_cgroup_programs, 0,
			 json_pack("{s:o, s:I}", "types", numbers, "pid", (json_int_t)pid),
			 &programs));
	json_array_foreach(programs, i, p)
	{
		struct decider *d = decider_new(DECIDER_CGROUP_PROGRAM);

		decider_set_number(d, "id", listed_number(p, "id", 0));
		if (listed_word(p, "name")[0])
			decider_set_text(d, "name", listed_word(p, "name"));
		decider_set_text(d, "path", listed_word(p, "path"));
		decide_add_suspect(&found, d);
	}
	json_decref(programs);
	return found;
}

struct decider *decide_cgroup_send(struct names *n, uint32_t pid, bool *all)
{
	static const uint32_t types[] = {BPF_CGROUP_UDP4_SENDMSG, BPF_CGROUP_UDP6_SENDMSG};

	return cgroup_programs(n, types, 2, pid, all);
}

struct decider *decide_cgroup_connect(struct names *n, uint32_t pid, bool *all)
{
	static const uint32_t types[] = {BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT};

	return cgroup_programs(n, types, 2, pid, all);
}

struct decider *decide_cgroup(struct names *n, struct journey *j)
{
	bool out = journey_in_send(j), all = true;
	struct decider *found = NULL, *d;
	uint32_t type;

	/* received packets are refused by the socket's own filter, unless a cgroup has a program */
	type = out ? BPF_CGROUP_INET_EGRESS : BPF_CGROUP_INET_INGRESS;
	if (out || j->drop.judge != DECIDER_SOCKET_FILTER)
		found = cgroup_programs(n, &type, 1, 0, &all);
	if (!all)
		list_failed(j, "the programs of cgroups");
	if (out || (found && j->drop.judge == DECIDER_CGROUP_PROGRAM))
		return all ? found : decide_perhaps(found);
	d = decide_socket(n, j);
	if (d)
		d->kind = DECIDER_SOCKET_FILTER;
	else
		d = decider_new(DECIDER_SOCKET_FILTER);
	if (found) {
		decide_add_suspect(&found, d);
		return found;
	}
	return all ? d : decide_perhaps(d);
}
