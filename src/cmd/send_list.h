/* SPDX-License-Identifier: GPL-2.0-only */
/* The packets that `waybill send` is to put in, from words or from a capture, ready as frames. */
#ifndef WAYBILL_CMD_SEND_LIST_H
#define WAYBILL_CMD_SEND_LIST_H

#include "cmd/options.h"
#include "cmd/send_agent.h"
#include "send/express.h"

#define SEND_LIST_MAX 256

struct send_item {
	char *text; /* owned: in its own language; of a capture where it is from */
	struct send_frame frame;
	struct send_key key;
	struct wb_made made;
	uint8_t icmp_type;
	struct swallow_xdp xdp;
	bool xdp_passed; /* also where there is no program */
};

struct send_list {
	struct send_item *items;
	size_t n;
	bool made_up; /* the neighbour's MAC address is none that the kernel knows */
};

/*
 * One packet as it is described; agent NULL: without a device, so without its MAC addresses. An
 * exit code, after one line on standard error (and a second that points at the place).
 */
int send_list_words(struct send_list *l, const char *text, struct agent *agent, const char *dev);
void send_list_clear(struct send_list *l);
/* A new text that free() lets go of: the filter for all of them. NULL: no memory. */
char *send_list_filter(const struct send_list *l);
/* The frame as hexadecimal lines. */
void send_item_dump(const struct send_item *i);
/* The item in this form again, from its frame, which may have been changed. False: cut off. */
bool send_item_read(struct send_item *i);

#endif
