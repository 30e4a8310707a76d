/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The questions of this room whose answers are plain structs: each file has its row beside the
 * function, and they are listed in inside.c. Those about BPF programs stand here, because
 * several files ask them.
 */
#ifndef WAYBILL_HOST_INSIDE_H
#define WAYBILL_HOST_INSIDE_H

#include "host/host.h"
#include "util/xdp_chain.h"

extern const struct host_row *const inside_questions[];
extern const size_t n_inside_questions;

#define INSIDE_QUESTIONS(X)                                                                        \
	X(all_netns)                                                                               \
	X(broadcast)                                                                               \
	X(sockets)                                                                                 \
	X(sockets_note)                                                                            \
	X(owners)                                                                                  \
	X(connection)                                                                              \
	X(sysctl)                                                                                  \
	X(device_pair)                                                                             \
	X(device_name)                                                                             \
	X(device_number)                                                                           \
	X(conntrack_counts)                                                                        \
	X(conntrack_top)                                                                           \
	X(conntrack_entry)                                                                         \
	X(netfilter_links)                                                                         \
	X(nfqueue)                                                                                 \
	X(mptcp_joins)                                                                             \
	X(xfrm_counters)                                                                           \
	X(program)                                                                                 \
	X(xdp)                                                                                     \
	X(tcx)                                                                                     \
	X(chain)                                                                                   \
	X(cgroup)

#define X(name) extern const struct host_row name##_row;
INSIDE_QUESTIONS(X)
#undef X

/* What a BPF program is called. -ENOENT: it is gone. */
struct program_question {
	uint32_t id;
	char name[16];
};
int program_ask(void *arg);

/* The ids of the XDP programs at a device, 0: none. */
struct xdp_question {
	uint32_t ifindex;
	uint32_t attached, generic, native, hardware;
};
int xdp_ask(void *arg);

/* TCX programs at a device, in their order. type: an attach type, 46 or 47 before there is a name.
 */
struct tcx_question {
	uint32_t ifindex, type;
	uint32_t ids[16];
	uint32_t n;
};
int tcx_ask(void *arg);

/* A program's place in a chain of libxdp's, see util/xdp_chain.h. */
struct chain_question {
	uint32_t program;
	struct xdp_component chain[XDP_CHAIN_MAX];
	size_t n;
	uint32_t dispatcher;
};
int chain_ask(void *arg);

/* Programs of these attach types at cgroups. */
#define CGROUP_PROGRAMS_MAX 32
struct cgroup_question {
	uint32_t types[4];
	uint32_t n_types;
	uint32_t pid; /* only of the cgroups on the way to its own, 0: all */
	uint32_t n;
	struct {
		uint32_t id;
		char name[16];
		char path[256];
	} programs[CGROUP_PROGRAMS_MAX];
};
int cgroup_ask(void *arg);

#endif
