/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs at a device's TCX, which have no netlink: bpf(BPF_PROG_QUERY), which wants CAP_NET_ADMIN
 * of the machine and asks about this thread's namespace.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "host/ask_core.h"

#define PROGRAMS_MAX 64 /* the kernel lets no more be at one place */

/* Attach types, which older headers lack. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)

static int add_place(struct ask *a, uint32_t ifindex, bool egress)
{
	uint32_t ids[PROGRAMS_MAX];
	LIBBPF_OPTS(bpf_prog_query_opts, q, .prog_ids = ids, .prog_cnt = PROGRAMS_MAX);

	/* before libbpf 1.0 it returns -1 */
	if (bpf_prog_query_opts((int)ifindex, egress ? TCX_EGRESS : TCX_INGRESS, &q))
		return -errno;
	for (uint32_t i = 0; i < q.prog_cnt && i < PROGRAMS_MAX; i++) {
		json_t *o = ask_new(a);

		ask_set_device(a, o, "dev", "dev_index", ifindex);
		ask_set(o, "parent", json_string(egress ? "egress" : "ingress"));
		ask_set_number(o, "order", i + 1);
		ask_set_number(o, "id", ids[i]);
	}
	return 0;
}

/* Devices that went meanwhile have none; a kernel before 6.6 has none at any. */
static int add_device(struct ask *a, uint32_t ifindex)
{
	int r = add_place(a, ifindex, false);

	if (!r)
		r = add_place(a, ifindex, true);
	return r == -ENODEV || r == -ENOENT ? 0 : r;
}

int host_ask_tcx(const json_t *args, json_t **ret)
{
	uint32_t ifindex = 0;
	json_t *links = NULL, *link;
	struct ask a;
	size_t i;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	if (!r)
		r = ask_device_arg(&a, &ifindex);
	if (!r && ifindex) {
		r = add_device(&a, ifindex);
	} else if (!r) {
		r = host_ask_links(NULL, &links);
		json_array_foreach(links, i, link)
		{
			if (!r)
				r = add_device(&a, (uint32_t)ask_number(link, "ifindex", 0));
		}
		json_decref(links);
	}
	return ask_close(&a, r == -EINVAL ? 0 : r, ret);
}
