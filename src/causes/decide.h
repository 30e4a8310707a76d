/* SPDX-License-Identifier: GPL-2.0-only */
/* Who decided a drop: by what the events brought, else by looking afterwards, and then it says so.
 */
#ifndef WAYBILL_CAUSES_DECIDE_H
#define WAYBILL_CAUSES_DECIDE_H

#include <jansson.h>

#include "model/journey.h"
#include "host/names.h"
#include "host/sockets.h"

/* Fills j->drop.decider, and the step's, if it can be told. */
void decide(struct names *n, struct journey *j);

/* What made a send fail before there was a packet: to the step of the send. */
void decide_failed_send(struct names *n, struct journey *j);

/*
 * Who ought to read what lies in a socket's queue: to its last step. TCP's data that nobody reads
 * looks delivered and becomes queued. False: it is no packet that a process is to read.
 */
bool decide_unread(struct names *n, struct journey *j);

/* What a router takes for itself though it is for all hosts of another network of its: makes it a
 * drop. */
#define IPV6_LEAST_MTU 1280 /* IPV6_MIN_MTU of the kernel */

void decide_broadcast(struct names *n, struct journey *j);

/* A delivery that was none, because the kernel ignored the packet: makes it a drop. */
void decide_silent(struct names *n, struct journey *j);

/* What was concluded without the place, or without an answer, may be another's doing. Takes d's
 * reference; NULL stays NULL. */
struct decider *decide_perhaps(struct decider *d);

/* The single questions, one file each. A new reference, or NULL: can't be told. */
struct decider *decide_xdp(struct names *n, struct journey *j);
/* In which mode the program ran. */
const char *decide_xdp_mode(const struct journey *j);
/* Instead of a dispatcher of XDP programs its component, or those that it may have been; else d,
 * which is told its dispatcher. Takes d's reference. */
struct decider *decide_component(struct names *n, struct decider *d);
struct decider *decide_tc(struct names *n, struct journey *j);
/* The rules that let it pass its hooks, to the steps there; to be asked once its fate is known. */
void decide_accepts(struct names *n, struct journey *j);
/* Also corrects the station, where it was only inferred and the rule stands at another hook. */
struct decider *decide_netfilter(struct names *n, struct journey *j);
/* What became of it in the queue that a rule gave it to: into the decider. */
void decide_nfqueue(struct names *n, struct journey *j);
/* An end that was not seen, because it waits in a queue of netfilter's: becomes queued. */
void decide_held(struct names *n, struct journey *j);
struct decider *decide_conntrack(struct names *n, struct journey *j);
struct decider *decide_nat(struct names *n, struct journey *j);
/* It was translated at OUTPUT, and the new way refused it; NULL: nothing says so. */
struct decider *decide_reroute(struct names *n, struct journey *j);
/* No rule can have dropped it at the hook, so what else did; the same as candidates of d; and may
 * anything else have done it at all? */
struct decider *decide_others(struct names *n, struct journey *j);
void decide_add_others(struct decider *d, struct names *n, const struct journey *j);
bool decide_other_may(struct names *n, const struct journey *j);
/* Did the kernel list all that stands at the hook, and is each known by what it does? */
bool decide_all_known(struct names *n, const struct journey *j);
/* The VLAN that its frame is tagged for, 0: none that is known; then unread: it may have one. */
int decide_frame_vlan(struct names *n, const struct journey *j, bool *ret_unread);
/* Its last step at this station, in the namespace where it died. NULL: it has none. */
struct step *decide_step_at(const struct journey *j, enum wb_station s);
struct decider *decide_route(struct names *n, struct journey *j);
/*
 * "net.ipv4.conf.all.rp_filter" to name: its value in the namespace, -1 unknown. A dot in dev is a
 * slash in the name, as sysctl has it.
 */
int decide_sysctl(struct names *n, uint32_t inum, const char *family, const char *dev,
		  const char *leaf, char *name, size_t size);
/* The last routing decision in the namespace where it died, NULL: none was seen. */
const struct step *decide_route_step(const struct journey *j);
/* The look-up for it failed: why. NULL: it did not, a way on was found. */
struct decider *decide_no_route(struct names *n, struct journey *j);
/* Adds to what says that there is no route why those that there are were passed over. */
bool decide_passed_over(struct names *n, uint32_t inum, const struct wb_packet *p,
			struct decider *d);
/* Which rule or route refuses the packet's destination; NULL: none does, there simply is no route.
 * mark: NULL: not known; in_dev: where it came in, "lo": sent from here; err: what the look-up
 * failed with (ENETUNREACH ...), 0: not known. */
struct decider *decide_policy(struct names *n, uint32_t inum, const struct wb_packet *p,
			      const uint32_t *mark, const char *in_dev, int err);
/* The same for one table that is known to have refused it. */
struct decider *decide_table(struct names *n, uint32_t inum, const struct wb_packet *p,
			     uint32_t table);
struct decider *decide_neighbour(struct names *n, struct journey *j);
/* The hardware address at the other end of a pair; "": it is none, or not known. */
void decide_other_end(struct names *n, uint32_t inum, uint32_t ifindex, char *ret, size_t size);
struct between {
	uint32_t inum; /* where the bridge is */
	char why[256];
};
/* Does a bridge behind the device keep the question for this address from who has it? */
bool decide_between(struct names *n, const struct journey *j, const char *address,
		    uint32_t ifindex, struct between *ret);
/* Is it kept from us by a macvlan's mode, or by a router that does not answer for it? */
bool decide_stand_in(struct names *n, const struct journey *j, const char *address,
		     uint32_t ifindex, struct between *ret);
/*
 * Which rule of this namespace surely drops ARP's or neighbour discovery's question for one of its
 * addresses that comes in by dev ("" not known), or its answer; NULL: none surely does.
 */
struct decider *decide_question(struct names *n, uint32_t inum, uint8_t family,
				const uint8_t address[16], const char *dev, bool *answer);
struct decider *decide_socket(struct names *n, struct journey *j);
struct decider *decide_cgroup(struct names *n, struct journey *j);
struct decider *decide_qdisc(struct names *n, struct journey *j);
/* The single causes of the stack that have a file of their own. */
struct decider *decide_otherhost(struct names *n, struct journey *j);
/* NULL: it is no frame that a bridge keeps to itself. */
struct decider *decide_reserved(struct names *n, struct journey *j);
struct decider *decide_routing_header(struct names *n, struct journey *j);
/* A source that counts as this host's own; NULL: nothing says so. */
struct decider *decide_local_source(struct names *n, struct journey *j);
/* Adds to what refused the way back that a mark would have led there. */
void decide_mark_hint(struct names *n, const struct journey *j, struct decider *d);
struct decider *decide_mpls(struct names *n, struct journey *j);
struct decider *decide_mroute(struct names *n, struct journey *j);
/* Nobody here took what is for a multicast group. */
struct decider *decide_group(struct names *n, struct journey *j);
struct decider *decide_tunnel(struct names *n, struct journey *j);
struct decider *decide_proxied(struct names *n, struct journey *j);
/* Why a device did not take it. */
struct decider *decide_device(struct names *n, struct journey *j);
/* A device without carrier has no queue but one that drops all; NULL: it has carrier. */
struct decider *decide_carrier(struct names *n, const struct journey *j);
struct decider *decide_bridge(struct names *n, struct journey *j);
/* Adds to a socket that refused a connection's last step that MPTCP may have, if it has done so. */
void decide_subflow(struct names *n, const struct journey *j, struct decider *d);
/* No port of the bridge got what was flooded. ports: all, in: the one it came in by. */
struct decider *decide_flood(struct names *n, struct journey *j, json_t *ports, const json_t *in);
struct decider *decide_icmp(struct names *n, struct journey *j);
struct decider *decide_stack(struct names *n, struct journey *j);
struct decider *decide_xfrm(struct names *n, struct journey *j);
/* Not a policy but a state, or none: by the kernel's counters of IPsec. */
struct decider *decide_xfrm_state(struct names *n, struct journey *j);
/* What those counters stand at before the first packet of a namespace. */
void decide_xfrm_look_first(struct names *n, uint32_t inum);
/* The same where the kernel gave no reason; then also corrects the place. */
struct decider *decide_xfrm_silent(struct names *n, struct journey *j);
/* The IPsec policy of a direction ("in", "out", "fwd") for a packet whose unknown addresses are 0;
 * block: among those that block. */
struct decider *decide_xfrm_policy(struct names *n, uint32_t inum, const struct wb_packet *p,
				   const char *dir, bool block);
/* Adds to a socket that was not there that NAT would have led it elsewhere, and was not asked. */
void decide_older(struct names *n, const struct journey *j, struct decider *d);
/* Adds to a rule that drops what is invalid why conntrack called the packet that. */
void decide_invalid(struct names *n, struct journey *j);
/* Adds to a rule of NAT that dropped what address it lacked. */
void decide_translation(struct names *n, const struct journey *j);
/* Adds to a rule that drops what is new that another connection may have announced it. */
void decide_related(struct names *n, const struct journey *j);
/* The cgroup programs that may refuse a datagram, or a connect(), of this process, before there is
 * a packet. */
struct decider *decide_cgroup_send(struct names *n, uint32_t pid, bool *all);
struct decider *decide_cgroup_connect(struct names *n, uint32_t pid, bool *all);

/* The id and the name of a program that is still there. */
void decide_name_program(struct names *n, struct decider *d, uint32_t id);
/* One more who may have done it: the first alone is the decider, several are candidates. */
void decide_add_suspect(struct decider **found, struct decider *d);
/* The TCP connection that a packet belongs to after after_ns, NULL: none. Lies in ret. */
struct socket_row *decide_connection(struct names *n, uint32_t inum, const struct wb_packet *p,
				     uint64_t after_ns, struct sockets *ret);
/*
 * Of several sockets that share fit's address and port who has the datagram, or (dropped) had no
 * room for it, as one or as candidates; NULL: there are not several, or it can't be told.
 */
struct decider *decide_reuse(struct names *n, struct sockets *all, const struct socket_row *fit,
			     bool dropped);
/* The most exact of those that fit, NULL: none does. */
struct socket_row *decide_fit(struct sockets *s, const struct wb_packet *p, uint32_t ifindex);
/* Which socket it is, whose, and how full. */
void decide_fill_socket(struct names *n, struct decider *d, struct socket_row *s);

/* Text of a rule that an event named exactly, as its own tool prints it. */
void decide_rule_text(struct names *n, const struct journey *j, struct decider *d);

#endif
