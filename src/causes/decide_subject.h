/* SPDX-License-Identifier: GPL-2.0-only */
/* A journey's packet at a netfilter hook, as the walk through the rules wants it. */
#ifndef WAYBILL_CAUSES_DECIDE_SUBJECT_H
#define WAYBILL_CAUSES_DECIDE_SUBJECT_H

#include "firewall/walk.h"
#include "model/journey.h"

struct names;

struct subject_hook {
	enum wb_station station;
	uint8_t hook; /* of the family */
	uint8_t pf;   /* 0: the packet's own */
};

extern const struct subject_hook subject_hooks[]; /* the last has no station */

/* Is a packet of its kind shown to this hook at all? IP's hooks see no ARP. */
bool subject_meets(const struct journey *j, const struct subject_hook *hook);
/* What its namespace tells of its addresses and devices, if the rules ask for it. */
void subject_types(struct names *n, const struct firewall *f, const struct journey *j,
		   struct fw_subject *of);
/* ret points into the journey. */
void subject_at(const struct journey *j, const struct subject_hook *hook, struct fw_subject *ret);

#endif
