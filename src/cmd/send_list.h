/* SPDX-License-Identifier: GPL-2.0-only */
/* The packets that `waybill send` is to put in, from words or files, ready as frames. */
#ifndef WAYBILL_CMD_SEND_LIST_H
#define WAYBILL_CMD_SEND_LIST_H

#include "cmd/options.h"
#include "cmd/send_agent.h"
#include "send/capture.h"
#include "send/express.h"
#include "send/rewrite.h"

#define SEND_LIST_MAX 2000

struct send_item {
	char *text; /* owned: in its own language; of a capture where it is from */
	struct send_frame frame;
	struct send_key key;
	struct wb_made made;
	char *said;	  /* owned: a matrix's own words; NULL */
	char *expect;	  /* owned: OUTCOME[:STATION[:REASON]] of a matrix; NULL */
	uint32_t ifindex; /* where it is put in */
	uint8_t flags;	  /* of TCP, as described */
	bool out;	  /* as a process sends it: no device, with this mark */
	uint32_t mark;
	bool seen;    /* on its way */
	bool of_next; /* it and the next one are fragments of one datagram: they are put in at once
		       */
	struct xdp_tried xdp;
	bool xdp_passed; /* also where there is no program */
};

/* How packets are put in. */
struct send_way {
	struct agent *agent; /* NULL: nobody to ask for a device */
	const char *dev;
	bool out; /* not at a device */
	uint32_t mark;
	struct rewrite rewrite[WORDS_MAX]; /* of a capture's packets */
	size_t n_rewrite;
};

struct send_list {
	struct send_item *items;
	size_t n;
	size_t n_left_out; /* of a capture: packets that can't be put in */
	bool made_up;	   /* a neighbour's MAC address is none that the kernel knows */
};

/*
 * One packet as it is described; without a device it has no MAC addresses. An exit code, after one
 * line on standard error (and a second that points at the place).
 */
int send_list_words(struct send_list *l, const char *text, const struct send_way *way);
/*
 * The same of a file with a packet a line, "[in DEV|out] PACKET => OUTCOME[:STATION[:REASON]]";
 * empty lines and those that begin with # are none.
 */
int send_list_matrix(struct send_list *l, const char *path, const struct send_way *way);
/* The packets of a capture; what is for the device's own MAC address is for that of dev now. */
int send_list_capture(struct send_list *l, const char *path, const struct send_way *way);

/* For these: one more packet; where: before an error, "matrix:3: ". */
int send_list_add(struct send_list *l, const char *where, const char *text,
		  const struct send_way *way);
/* An empty one, NULL: no memory, or too many. */
struct send_item *send_list_new_item(struct send_list *l);
/* What is at the device; nothing where there is none. */
int send_list_ground(const struct send_way *way, const char *where, uint8_t family,
		     const uint8_t *addr, struct ground *ret);
/*
 * Later fragments are known to be of the connection that the first one of their datagram names, and
 * those that stand beside one another to belong together.
 */
void send_list_join(struct send_list *l);
void send_list_clear(struct send_list *l);
/* The filter for all of them. */
void send_list_filter(const struct send_list *l, struct text *t);
/* Where it is put in, and the packet, on standard error. */
void send_item_say(const struct send_item *i, const char *dev);
/* The frame as hexadecimal lines. */
void send_item_dump(const struct send_item *i);
/* The item in this form again, from its frame, which may have been changed. False: cut off. */
bool send_item_read(struct send_item *i);

#endif
