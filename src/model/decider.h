/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thing that decided a packet's fate, with all that names it: a kind and named attributes,
 * in the order in which they are printed. Who it was is found in src/causes/.
 */
#ifndef WAYBILL_MODEL_DECIDER_H
#define WAYBILL_MODEL_DECIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(ID, name): the contract's closed set. */
#define DECIDER_KINDS(X)                                                                           \
	X(XDP_PROGRAM, "xdp_program")                                                              \
	X(TC_PROGRAM, "tc_program")                                                                \
	X(TC_FILTER, "tc_filter")                                                                  \
	X(NFT_RULE, "nft_rule")                                                                    \
	X(NFT_POLICY, "nft_policy")                                                                \
	X(IPTABLES_RULE, "iptables_rule")                                                          \
	X(IPTABLES_POLICY, "iptables_policy")                                                      \
	X(CONNTRACK, "conntrack")                                                                  \
	X(NAT, "nat")                                                                              \
	X(NFQUEUE, "nfqueue")                                                                      \
	X(BPF_NETFILTER, "bpf_netfilter")                                                          \
	X(CGROUP_PROGRAM, "cgroup_program")                                                        \
	X(SOCKET_FILTER, "socket_filter")                                                          \
	X(ROUTE, "route")                                                                          \
	X(IP_RULE, "ip_rule")                                                                      \
	X(SYSCTL, "sysctl")                                                                        \
	X(NEIGHBOUR, "neighbour")                                                                  \
	X(SOCKET, "socket")                                                                        \
	X(QDISC, "qdisc")                                                                          \
	X(BRIDGE_PORT, "bridge_port")                                                              \
	X(DEVICE, "device")                                                                        \
	X(XFRM_POLICY, "xfrm_policy")                                                              \
	X(TUNNEL, "tunnel")                                                                        \
	X(XFRM_STATE, "xfrm_state")                                                                \
	X(WIREGUARD_PEER, "wireguard_peer")                                                        \
	X(IPVS_SERVICE, "ipvs_service")                                                            \
	X(OVS_FLOW, "ovs_flow")                                                                    \
	X(FLOWTABLE, "flowtable")                                                                  \
	X(MROUTE, "mroute")                                                                        \
	X(MPLS_ROUTE, "mpls_route")                                                                \
	X(VRF, "vrf")

enum decider_kind {
	DECIDER_NONE,
#define X(id, name) DECIDER_##id,
	DECIDER_KINDS(X)
#undef X
		DECIDER_MAX
};

struct attr {
	const char *key; /* static string: a JSON key of the contract */
	char *text;	 /* owned; NULL: the value is number */
	int64_t number;
};

/* Reference counted: one rule's decider serves all packets that the rule dropped. */
struct decider {
	int refs;
	enum decider_kind kind;
	struct attr *attrs;
	size_t n_attrs;
	struct decider **candidates; /* non-empty: several may have done it, it is not certain */
	size_t n_candidates;
	char **evidence; /* owned: what it was concluded from, each in a few words */
	size_t n_evidence;
};

const char *decider_kind_name(enum decider_kind kind);

/* A new decider with one reference and no attributes; NULL: no memory. */
struct decider *decider_new(enum decider_kind kind);
struct decider *decider_ref(struct decider *d);
void decider_unref(struct decider *d); /* NULL is fine */

/* Sets or replaces an attribute. text is copied. Return 0 or -ENOMEM. */
int decider_set_text(struct decider *d, const char *key, const char *text);
int decider_set_number(struct decider *d, const char *key, int64_t number);
int decider_add_candidate(struct decider *d, struct decider *candidate); /* takes the reference */

/* What speaks for it, or against all others; said once however often it is found. */
__attribute__((format(printf, 2, 3))) void decider_add_evidence(struct decider *d,
								const char *format, ...);

/* NULL or 0 where there is no such attribute. */
const char *decider_text(const struct decider *d, const char *key);
int64_t decider_number(const struct decider *d, const char *key, int64_t otherwise);

/* Do both name the same thing? Neither may be NULL for that. */
bool decider_same(const struct decider *a, const struct decider *b);

/* Human words, as in the text output: "nft inet f deny handle 7", "prog 251 lb_main (native)".
 * Returns buf. */
const char *decider_words(const struct decider *d, char *buf, size_t size);
/* The same without what changes from moment to moment (a queue's fill, a neighbour's state). */
const char *decider_name(const struct decider *d, char *buf, size_t size);

#endif
