/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The single questions to one namespace, one file a kind. Each runs inside of it, in a process that
 * may open netlink sockets and nothing else, but for device_stats, which needs an INET socket for
 * its ioctl(), and tcx, which needs bpf(BPF_PROG_QUERY). Names, devices and texts are as ip,
 * bridge, tc and conntrack print them as JSON; what is a number stays one. Strings of the kernel's:
 * util/foreign.h.
 */
#ifndef WAYBILL_HOST_ASK_H
#define WAYBILL_HOST_ASK_H

#include <jansson.h>

/*
 * args: an object, or NULL. DEV is "ifindex" or "ifname", without either: all. Returns 0 and a new
 * value, an array but where it says otherwise; -ENOENT, -ENODEV, -ESRCH: not there; any other
 * -errno: it could not be read.
 */
typedef int (*host_question)(const json_t *args, json_t **ret);

/* X(name, args) */
#define HOST_QUESTIONS(X)                                                                          \
	X(links, "DEV, master, nsid: of the namespace that this one knows by that number")         \
	X(addresses, "DEV, family")                                                                \
	X(routes, "family (4, 6), table, oif")                                                     \
	X(route, "dst, src, iif, oif, mark, uid, proto, sport, dport, tos, fibmatch: an object")   \
	X(rules, "family")                                                                         \
	X(neighbours, "DEV, family, proxy")                                                        \
	X(neighbour_tables, "")                                                                    \
	X(nexthops, "id")                                                                          \
	X(qdiscs, "DEV")                                                                           \
	X(filters, "DEV, parent (\"ingress\", \"egress\", \"root\", a number)")                    \
	X(chains, "DEV, parent")                                                                   \
	X(bridge_ports, "")                                                                        \
	X(bridge_vlans, "")                                                                        \
	X(fdb, "DEV")                                                                              \
	X(mdb, "DEV")                                                                              \
	X(xfrm_policies, "")                                                                       \
	X(xfrm_states, "")                                                                         \
	X(conntrack, "family, src, dst, proto, sport, dport, zone; or max, top: an object")        \
	X(conntrack_stats, "")                                                                     \
	X(device_stats, "DEV")                                                                     \
	X(sockets, "proto, states, port, family")                                                  \
	X(packet_sockets, "")                                                                      \
	X(hooks, "DEV")                                                                            \
	X(netconf, "family")                                                                       \
	X(tcx, "DEV")

/*
 * Another class, because they open files: below /proc, and only for reading. name of a file: a row
 * of ask_files.c; of a sysctl: "ipv4/conf/%/rp_filter", '%' for the device's name.
 */
#define HOST_FILE_QUESTIONS(X)                                                                     \
	X(file, "name, ifname: an object of numbers, or an array of lines")                        \
	X(sysctl, "name, ifname: a number, or a text")

#define HOST_QUESTION(name, what) int host_ask_##name(const json_t *args, json_t **ret);
HOST_QUESTIONS(HOST_QUESTION)
HOST_FILE_QUESTIONS(HOST_QUESTION)
#undef HOST_QUESTION

#endif
