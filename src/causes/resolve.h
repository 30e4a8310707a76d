/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to the running system: what a number in an event is called, and who decided a packet's
 * fate where no probe said so. The face of this room; a file for each kind of question.
 */
#ifndef WAYBILL_CAUSES_RESOLVE_H
#define WAYBILL_CAUSES_RESOLVE_H

#include "model/journey.h"
#include "model/nft_verdict.h"

struct facts;
struct names;
struct resolve;

/* numeric: no names of namespaces and devices are asked for. 0 or -errno. */
int resolve_new(struct resolve **ret);
void resolve_free(struct resolve *r);
/* Who knows the names, and through whom everything is asked. */
struct names *resolve_names(struct resolve *r);

/*
 * Every answer goes to f too, for a recording; offline: all answers come from f, nobody is asked.
 */
void resolve_use_facts(struct resolve *r, struct facts *f, bool offline);

/*
 * ICMP errors of IPv4, of IPv6, are told whenever the kernel sends one. Offline the recording says.
 */
void resolve_watch_icmp(struct resolve *r, bool v4, bool v6);

/* So is each packet that comes to these hooks of netfilter, if anybody stands there. */
void resolve_watch_hooks(struct resolve *r, uint64_t hooks);

/*
 * The names of reasons, and what counters stand at before the first packet, so that those that
 * move later tell who it was: of these namespaces, or, if there are none, of this process's and as
 * many others as is cheap.
 */
void resolve_look_first(struct resolve *r, const uint32_t *netns, size_t n);

/* Notes at once what may be gone later (a namespace, a device). Cheap. */
void resolve_event(struct resolve *r, const struct wb_event *ev);

/* nftables told who ended a packet; kept until that packet's journey asks. */
void resolve_told(struct resolve *r, const struct nft_verdict *v);

/* Offline: what was asked or told next, in the order in which it was recorded. */
void resolve_recall(struct resolve *r, const char *key, const char *json);

/* Also which rules accepted it; costs a walk through the rules for each hook. */
void resolve_tell_accepts(struct resolve *r);
/* Names, fate, decider, why and next of a finished journey. */
void resolve_journey(struct resolve *r, struct journey *j);
/*
 * What became of it depends on other packets, whose fate may not be known yet: the ICMP error or
 * the reset that answers it, its fragments. To be asked again.
 */
bool resolve_awaits_others(const struct journey *j);
void resolve_others(struct resolve *r, struct journey *j);

/*
 * resolve_journey() in parts, for who counts: names and fate are cheap, the decider may ask other
 * tools.
 */
void resolve_fate(struct resolve *r, struct journey *j);
void resolve_decider(struct resolve *r, struct journey *j);

#endif
