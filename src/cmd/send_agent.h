/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that keeps the rights to put a packet in: it stands in the device's network namespace
 * from its start on, knows the few requests below, and ends with the one that started it. Then it
 * first takes away what the packet left behind.
 */
#ifndef WAYBILL_CMD_SEND_AGENT_H
#define WAYBILL_CMD_SEND_AGENT_H

#include <stdbool.h>

#include "cmd/send_left.h"
#include "cmd/send_place.h"
#include "collect/swallow.h"
#include "collect/try_xdp.h"
#include "send/frame.h"
#include "send/ground.h"
#include "send/raw.h"

enum agent_what {
	AGENT_NONE,
	AGENT_GROUND, /* what is at this device, for a packet from this address? */
	AGENT_GUARD,  /* swallow what would get out */
	AGENT_XDP,    /* what does the device's XDP program say to the frame? */
	AGENT_INJECT, /* put the frame in */
	AGENT_LOG,    /* what was swallowed since? */
	AGENT_END,    /* no more of this packet: take away what it left */
};

struct agent_request {
	enum agent_what what;
	char dev[16];
	uint8_t family, addr[16]; /* GROUND: family 0, nobody */
	bool let_out, deliver, keep_conntrack, handshake;
	bool first, goes_on; /* INJECT: of its connection; what it left is needed by the next */
	bool piece;	     /* INJECT: of the datagram of the one before, which has not ended */
	uint32_t n;	     /* frame */
	uint32_t ifindex;
	bool out; /* INJECT: not at a device, but as a process sends it; its IP header begins at l3
		   */
	uint32_t l3, mark;
	uint8_t icmp_type, icmp_code;
	struct wb_made made;
	uint8_t frame[SEND_FRAME_MAX];
};

struct agent_reply {
	int status; /* 0 or -errno, with err */
	char err[200];
	struct ground ground; /* always: as it was read last */
	struct xdp_tried xdp;
	struct wb_swallow_log log;
	uint64_t before_ns, after_ns; /* INJECT: when */
	struct left_in_sets sets;     /* END */
	int sent;		      /* INJECT, out: 0 or the -errno that the sender gets */
	uint32_t n;
	uint8_t frame[SEND_FRAME_MAX]; /* XDP: as it came out */
};

struct agent {
	int socket;
	int pid;
	bool waited; /* it is known how it ended */
};

/*
 * To be called while the process has one thread and all its rights. 0 or -errno, with a sentence in
 * err.
 */
int agent_start(struct agent *a, const struct agent_place *at, char *err, size_t size);
/* *ret always has a status; -EPIPE: the agent is gone. */
void agent_ask(struct agent *a, const struct agent_request *q, struct agent_reply *ret);
/* Returns when it is gone, and all of what was swallowed with it. */
void agent_stop(struct agent *a);

#endif
