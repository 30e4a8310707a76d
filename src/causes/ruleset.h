/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A namespace's firewall as it was read a moment ago, and the text of its rules. What it makes of a
 * packet is in src/firewall/.
 */
#ifndef WAYBILL_CAUSES_RULESET_H
#define WAYBILL_CAUSES_RULESET_H

#include <stdint.h>

#include "firewall/firewall.h"
#include "host/names.h"

struct ruleset {
	uint32_t inum;
	struct host_times times; /* of nftables' answer */
	uint64_t read_ns;	 /* when all was there */
	struct firewall *f;
	/* the same as it was read before: what counters stood at; NULL: not read before */
	struct firewall *before;
	uint64_t before_ns;	      /* when that had been read */
	uint64_t changed_ns;	      /* when it was first read as other than before; 0: never */
	json_t *texts, *legacy_texts; /* NULL: not asked yet */
};

/*
 * At most a second old, and if it can be read after after_ns; NULL: it could not be read. Belongs
 * to the callee, until it is asked again.
 */
struct ruleset *ruleset_of(struct names *n, uint32_t inum, uint64_t after_ns);
/*
 * How many packets a rule, or a policy (rule NULL), counted between the last two readings, if the
 * first of them had ended at from_ns. -1: not known.
 */
int64_t ruleset_counted(const struct ruleset *r, const struct fw_chain *c,
			const struct fw_rule *rule, uint64_t from_ns);
/*
 * May other rules have been there at from_ns than those that were read? To ret_older those before,
 * whose texts are not known, if they were read; to be freed by ruleset_older_free().
 */
bool ruleset_changed(const struct ruleset *r, uint64_t from_ns, struct ruleset *ret_older);
void ruleset_older_free(struct ruleset *older);
/* As its own tool prints it; NULL: it could not be read. Lives as long as the ruleset. */
const char *ruleset_text(struct names *n, struct ruleset *r, const struct fw_chain *c,
			 const struct fw_rule *rule);
/* That of a namespace, now; the caller frees it by firewall_free(). NULL: no memory. */
struct firewall *ruleset_read(struct names *n, uint32_t inum);

#endif
