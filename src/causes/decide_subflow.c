/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection that its listener closes in the moment in which it is made: with MPTCP that is a
 * subflow (MP_JOIN) that was refused, which MPTCP counts (subflow_syn_recv_sock; 5.10 to 7.2).
 * Where a kernel has no counter for one over the limit of subflows, its SYN is counted and its ACK
 * is not.
 */
#include <stdio.h>

#include "causes/decide.h"
#include "host/listing.h"

struct joins {
	unsigned long refused, asked, joined;
	const char *counter; /* one of those that refused */
};

static void ask(struct names *n, uint32_t inum, struct joins *ret)
{
	static const char *const refusals[] = {"MPJoinNoTokenFound",	  "MPJoinAckHMacFailure",
					       "MPJoinSynAckHMacFailure", "MPJoinPortAckRx",
					       "MPJoinRejected",	  "MismatchPortAckRx"};
	json_t *all = names_ask(n, inum, HOST_ASK_file, json_pack("{s:s}", "name", "netstat"));
	char key[64];

	ret->asked = (unsigned long)listed_number(all, "MPTcpExt MPJoinSynRx", 0);
	ret->joined = (unsigned long)listed_number(all, "MPTcpExt MPJoinAckRx", 0);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		unsigned long times;

		snprintf(key, sizeof(key), "MPTcpExt %s", refusals[i]);
		times = (unsigned long)listed_number(all, key, 0);
		if (times)
			ret->counter = refusals[i];
		ret->refused += times;
	}
	json_decref(all);
}

void decide_subflow(struct names *n, const struct journey *j, struct decider *d)
{
	struct joins joins = {0};

	ask(n, j->drop.at.netns_inum, &joins);
	if (!joins.refused && joins.asked <= joins.joined)
		return;
	decider_set_text(d, "hint",
			 "it was closed as it was made, and MPTCP here has refused subflows "
			 "(MP_JOIN)");
	if (joins.refused)
		decider_add_evidence(d, "MPTcpExt%s has counted", joins.counter);
	else
		decider_add_evidence(d, "MPTcpExtMPJoinSynRx %lu, MPTcpExtMPJoinAckRx %lu",
				     joins.asked, joins.joined);
}
