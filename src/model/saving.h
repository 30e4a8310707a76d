/* SPDX-License-Identifier: GPL-2.0-only */
/* What it would save if XDP dropped what a netfilter rule drops now. */
#ifndef WAYBILL_MODEL_SAVING_H
#define WAYBILL_MODEL_SAVING_H

#include "model/tally.h"

/*
 * Does this rule's text look only at what an XDP program sees: addresses, ports, protocol, device?
 */
bool saving_rule_is_simple(const char *rule);

/*
 * Thousandths of one CPU that the move would save at most: the site's packets in ns of time, and
 * the time from their receipt to their death. Negative: the move is not possible, or not known to
 * be. The time that the XDP program itself takes is not in it.
 */
int64_t saving_permille(const struct tally_site *s, uint64_t ns);

#endif
