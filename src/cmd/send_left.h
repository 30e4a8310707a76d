/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet leaves behind in each namespace that it can get to: its connection's entry, which
 * is taken away again, and elements of sets, which are told.
 */
#ifndef WAYBILL_CMD_SEND_LEFT_H
#define WAYBILL_CMD_SEND_LEFT_H

#include <stddef.h>

#include "send/ground.h"
#include "send/ground_sets.h"

struct left {
	struct left_netns *rows;
	size_t n;
};

/* The current namespace is one of them, while it can be entered. 0 or -errno. */
int left_add(struct left *l);
/* Before the first packet of a connection: an entry that is there already stays. */
void left_before_connection(struct left *l, const struct ground_connection *c);
/* Before each packet. */
void left_before_packet(struct left *l);

struct left_in_sets {
	struct ground_set grown; /* to which a rule added an element; name "": none */
	uint32_t uncounted;	 /* sets that were not looked at, because they are so many */
	bool unread;		 /* in a namespace they could not be read */
};
/* When the packet has ended. */
void left_after_packet(struct left *l, struct left_in_sets *ret);
/* unanswered: nobody can have answered the packet. 0, also where there was no entry, or -errno. */
int left_forget(struct left *l, const struct ground_connection *c, bool unanswered);

#endif
