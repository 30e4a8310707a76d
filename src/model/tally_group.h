/* SPDX-License-Identifier: GPL-2.0-only */
/* A tally's sites summed up by one of their attributes. */
#ifndef WAYBILL_MODEL_TALLY_GROUP_H
#define WAYBILL_MODEL_TALLY_GROUP_H

#include "model/tally.h"

/* X(ID, name): what --by takes. */
#define TALLY_BYS(X)                                                                               \
	X(IFACE, "iface")                                                                          \
	X(LAYER, "layer")                                                                          \
	X(REASON, "reason")                                                                        \
	X(RULE, "rule")                                                                            \
	X(PROGRAM, "program")                                                                      \
	X(NETNS, "netns")

enum tally_by {
	TALLY_BY_SITE,
#define X(id, name) TALLY_BY_##id,
	TALLY_BYS(X)
#undef X
		TALLY_BY_MAX
};

struct tally_group {
	char name[160]; /* "": the sites have no such attribute */
	uint64_t packets, bytes, cost_ns, timed; /* as those of a site */
};

/* NULL: BY_SITE. BY_MAX: no such name. */
enum tally_by tally_by_name(const char *name);
const char *tally_by_text(enum tally_by by);

/* Most packets first; the caller frees *ret. 0 or -ENOMEM. */
int tally_group(const struct tally *t, enum tally_by by, struct tally_group **ret, size_t *ret_n);

#endif
