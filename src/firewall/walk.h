/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ends are possible for a packet at a hook: every way that what is known of it leaves open is
 * walked. Pure. Who is believed in the end is judged with evidence, see evidence.h.
 */
#ifndef WAYBILL_FIREWALL_WALK_H
#define WAYBILL_FIREWALL_WALK_H

#include "firewall/packet_state.h"

enum fw_kind {
	FW_END_ACCEPT,
	FW_END_DROP,
	FW_END_REJECT,
	FW_END_QUEUE,
	FW_END_STOLEN, /* another way from here: forwarded by a rule, a handshake answered */
	FW_END_PROXY,  /* taken for a handshake, or dropped */
	FW_END_NAT,    /* the translation that the rule asks for may have been impossible */
	FW_END_UNKNOWN /* the rule is not understood */
};

struct fw_end {
	enum fw_kind kind;
	const struct fw_chain *base;  /* where the walk began */
	const struct fw_chain *chain; /* where it ended */
	const struct fw_rule *rule;   /* NULL: the base chain's policy */
	bool sure;		      /* no way leads past it */
	const struct fw_expr *by;     /* NULL for a policy */
};

struct fw_result {
	struct fw_end *ends; /* in running order; accepts are those of each base chain */
	size_t n_ends;
	enum tri passes; /* the whole hook */
	/* the inventory was not whole, or the walk too long: anything else is possible, too */
	bool incomplete;
	const char *why; /* then */
};

void fw_walk(const struct firewall *f, const struct fw_subject *of, struct fw_result *ret);
void fw_result_free(struct fw_result *r);

/* Can this end be that of a packet that died, or left, at the hook? */
bool fw_end_kills(const struct fw_end *e);

#endif
