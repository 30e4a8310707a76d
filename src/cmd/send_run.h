/* SPDX-License-Identifier: GPL-2.0-only */
/* What `waybill send` holds while it runs: one packet after the other is put in and followed. */
#ifndef WAYBILL_CMD_SEND_RUN_H
#define WAYBILL_CMD_SEND_RUN_H

#include "cmd/live.h"
#include "cmd/printing.h"
#include "cmd/send_matrix.h"
#include "journey/book.h"

struct send {
	struct options o;
	struct live live;
	struct printing printing;
	struct book *book;
	struct agent agent;
	struct send_list list;
	struct send_matrix matrix;
	uint32_t netns;
	bool stop;
	bool uncounted_told; /* of sets, once */
	/* the packet that is on its way, or its fragments: from first to at */
	size_t first, at;
	bool under_way, told, answered;
	int sent; /* --out: 0, or what the sender was told: -errno */
	uint64_t put_in_ns, before_ns, after_ns, told_ns;
	unsigned n_tries;
	struct agent_reply reply;
	int error; /* an exit code */
	/* --handshake: the packet before: did it get through, where, and how did it look then? */
	bool got_through, arrived;
	struct place left;
	struct wb_packet last_form;
	uint32_t answer_id;
};

/* Asks the agent, about the packet that is next; the answer is in s->reply. */
void send_request(struct send *s, enum agent_what what);

/*
 * What does the XDP program of the device say to the packet that is next? Noted in its item, and
 * the frame as it comes out. An exit code, after a line on standard error.
 */
int send_ask_xdp(struct send *s);

/* What the book and struct live call; arg is the struct send. */
void send_journey_done(void *arg, struct journey *j);
void send_on_event(void *arg, const struct wb_event *ev);
void send_on_tick(void *arg, uint64_t now_ns);
void send_on_told(void *arg, const struct nft_verdict *v);
void send_on_lost(void *arg, const struct live *l);

#endif
