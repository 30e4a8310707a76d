/* SPDX-License-Identifier: GPL-2.0-only */
/* A conversation: both directions, through NAT. Plain data; src/flows/ makes it of journeys. */
#ifndef WAYBILL_MODEL_FLOW_H
#define WAYBILL_MODEL_FLOW_H

#include "model/journey.h"

#define FLOW_FORMS 4  /* addresses that one end is seen under */
#define FLOW_LEGS  48 /* told for each conversation */

enum flow_way { WAY_AB, WAY_BA, WAYS };

struct flow_end {
	uint8_t addr[16];
	uint16_t port;
};

/* The time from one station to the next. */
struct flow_leg {
	enum flow_way way;
	enum wb_station from, to;
	uint32_t netns, ifindex; /* where it ends */
	char dev[16];
	uint64_t n, sum_ns, max_ns;
	uint32_t *samples; /* owned: in ns, of the first and then of chance ones */
	uint16_t n_samples, room;
};

struct flow {
	uint64_t id;
	uint8_t family, proto;
	bool has_ports;
	struct flow_end ends[WAYS][FLOW_FORMS]; /* a's and b's; the first is what a sees */
	size_t n_ends[WAYS];
	uint64_t packets[WAYS], bytes[WAYS], dropped, retransmissions, zero_windows;
	uint64_t first_ns, last_ns; /* wall clock */
	uint64_t syn_ns, answer_ns; /* TCP: first SYN, its SYN-ACK; 0 not seen */
	unsigned syns, syns_dropped;
	bool ack, refused, reset, fin[WAYS], unreachable;
	bool asks; /* not only ICMP errors */
	enum flow_way reset_by;
	struct flow_leg *legs; /* owned */
	size_t n_legs;
	bool legs_missing; /* there were more than are kept */
	char place[80];	   /* of the last drop, "" none */
	char why[384], next[512];
	bool changed;
};

/* "syn_sent", "established", "refused" ...; final: nothing follows any more. */
const char *flow_state(const struct flow *f, bool final);
/* What it waits for now, "" nothing. */
void flow_waits_for(const struct flow *f, bool final, char *buf, size_t size);
/* Of a leg: the time that so many of a hundred stayed below. */
uint64_t flow_percentile(const struct flow_leg *l, unsigned percent);
/* The leg that took most of all the time in that way, and its share in percent; NULL: none. */
const struct flow_leg *flow_dominant(const struct flow *f, enum flow_way way, unsigned *percent);
void flow_clear(struct flow *f);

#endif
