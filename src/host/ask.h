/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The single questions to one namespace, one file a kind. Each runs inside of it, in a process that
 * may open netlink sockets and nothing else, but where its row says more. Names, devices and texts
 * are as ip, bridge, tc and conntrack print them as JSON; what is a number stays one. Strings of
 * the kernel's: util/foreign.h.
 */
#ifndef WAYBILL_HOST_ASK_H
#define WAYBILL_HOST_ASK_H

#include <jansson.h>

/*
 * args: an object, or NULL. DEV is "ifindex" or "ifname", without either: all. Returns 0 and a new
 * value, an array but where it says otherwise; -ENOENT, -ENODEV, -ESRCH: not there; any other
 * -errno: it could not be read.
 */
typedef int (*host_ask_fn)(const json_t *args, json_t **ret);

/*
 * X(name, args, what the worker keeps (confine.h), how many milliseconds an answer is fresh, after
 * how many it is no answer any more, what else there is to say of it (worker.h))
 */
#define HOST_QUESTIONS(X)                                                                          \
	X(links, "DEV, master, nsid: of the namespace that this one knows by that number",         \
	  HOST_NETLINK, 1000, 1000)                                                                \
	X(addresses, "DEV, family", HOST_NETLINK, 1000, 1000)                                      \
	X(routes, "family (4, 6, 28: MPLS), table, oif", HOST_NETLINK, 1000, 1000)                 \
	/* an object; "failed" says how, where the tables have no way */                           \
	X(route, "dst, src, iif, oif, mark, uid, proto, sport, dport, tos, fibmatch",              \
	  HOST_NETLINK, 1000, 1000)                                                                \
	X(rules, "family", HOST_NETLINK, 1000, 1000)                                               \
	X(neighbours, "DEV, family, proxy", HOST_NETLINK, 1000, 1000)                              \
	X(neighbour_tables, "", HOST_NETLINK, 1000, 1000)                                          \
	X(nexthops, "id", HOST_NETLINK, 1000, 1000)                                                \
	X(qdiscs, "DEV", HOST_NETLINK, 1000, 1000)                                                 \
	X(filters, "DEV, parent (\"ingress\", \"egress\", \"root\", a number)", HOST_NETLINK,      \
	  1000, 1000)                                                                              \
	X(chains, "DEV, parent", HOST_NETLINK, 1000, 1000)                                         \
	X(bridge_ports, "", HOST_NETLINK, 1000, 1000)                                              \
	X(bridge_vlans, "", HOST_NETLINK, 1000, 1000)                                              \
	X(fdb, "DEV", HOST_NETLINK, 1000, 1000)                                                    \
	X(mdb, "DEV", HOST_NETLINK, 1000, 1000)                                                    \
	X(xfrm_policies, "", HOST_NETLINK, 1000, 1000)                                             \
	X(xfrm_states, "", HOST_NETLINK, 1000, 1000)                                               \
	X(conntrack, "family, src, dst, proto, sport, dport, zone; or max, top: an object",        \
	  HOST_NETLINK, 1000, 2000)                                                                \
	X(conntrack_stats, "", HOST_NETLINK, 1000, 1000)                                           \
	/* an object: snmp, netstat, snmp6, softnet_stat, links, conntrack_stats, qdiscs */        \
	X(counters, "", HOST_FILES, 0, 2000)                                                       \
	X(device_stats, "DEV", HOST_NETLINK, 1000, 1000)                                           \
	/* an object; max: of the list */                                                          \
	X(sockets, "proto, states, port, family, dst, dport, max", HOST_FILES, 200, 1000,          \
	  .here = true, .once = true, .rate = 500)                                                 \
	/* both at once, an object: TCP's that listen or connect, and UDP's */                     \
	X(open_sockets, "", HOST_FILES, 200, 1000, .here = true, .once = true, .lasts = true)      \
	/* an object; ifindex: where a packet from dst comes in */                                 \
	X(connection, "src, sport, dst, dport, ifindex", HOST_NETLINK, 200, 1000, .here = true,    \
	  .rate = 500, .once = true)                                                               \
	X(owners, "inodes: of sockets", HOST_PROCESSES, 200, 1000, .once = true)                   \
	X(namespaces, "", HOST_PROCESSES, 1000, 1000)                                              \
	X(device_names, "ifindexes: an array of names, \"\": none", HOST_NETLINK, 0, 1000,         \
	  .here = true, .unrecorded = true)                                                        \
	X(packet_sockets, "", HOST_NETLINK, 1000, 1000)                                            \
	X(hooks, "DEV, family (\"ip\", \"ip6\", \"bridge\", \"netdev\", \"arp\")", HOST_NETLINK,   \
	  1000, 1000)                                                                              \
	X(netconf, "family", HOST_NETLINK, 1000, 1000)                                             \
	X(tcx, "DEV", HOST_PROGRAMS, 1000, 1000)                                                   \
	X(program, "id: an object", HOST_PROGRAMS, 1000, 1000)                                     \
	X(xdp_chain, "id: an object", HOST_PROGRAMS, 1000, 1000)                                   \
	X(cgroup_programs, "types: numbers of attach types, pid: on the way to its cgroup",        \
	  HOST_PROGRAMS, 1000, 1000)                                                               \
	X(netfilter_links, "family (4, 6), hook", HOST_PROGRAMS, 1000, 1000)                       \
	X(mroutes, "family", HOST_NETLINK, 1000, 1000)                                             \
	X(ruleset, "", HOST_NETLINK, 1000, 2000, .pause_ms = 500)                                  \
	X(legacy, "", HOST_RAW, 0, 2000)                                                           \
	X(file,                                                                                    \
	  "name: of a row in ask_files.c, ifname: an object of numbers, or an array of lines",     \
	  HOST_FILES, 1000, 1000)                                                                  \
	X(sysctl, "name (ipv4/conf/%/rp_filter: % for the device), ifname: a number, or a text",   \
	  HOST_FILES, 100, 1000, .here = true)                                                     \
	/* a text: the running kernel's release */                                                 \
	X(kernel, "", HOST_NETLINK, 60000, 1000, .here = true)                                     \
	X(ruleset_text, "see ask_ruleset_text.c", HOST_ITSELF, 1000, 2000)                         \
	X(legacy_text, "family (4, 6): an object with a text", HOST_ITSELF, 1000, 2000)

#define HOST_QUESTION(name, ...) int host_ask_##name(const json_t *args, json_t **ret);
HOST_QUESTIONS(HOST_QUESTION)
#undef HOST_QUESTION

#endif
