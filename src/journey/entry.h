/* SPDX-License-Identifier: GPL-2.0-only */
/* An open journey, as the book keeps it; inside this room only. */
#ifndef WAYBILL_JOURNEY_ENTRY_H
#define WAYBILL_JOURNEY_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "journey/build.h"
#include "waybill/event.h"

/* No event is longer: all sections and the largest body. */
#define EVENT_SIZE_MAX 576

/* What an open journey waits for; each a list, the longest silent first. */
enum wait { WAIT_NEXT, WAIT_NEIGHBOUR, WAIT_TAKEN_IN, WAIT_HOOK, WAIT_STRAGGLERS, WAIT_MAX };

struct entry {
	struct wb_event last; /* header of the event that came last */
	uint64_t last_ns;     /* the latest time of an event */
	uint64_t first_ns;    /* the earliest, 0: not in struct ages */
	uint8_t *events;      /* packed */
	uint32_t used, room;
	uint16_t n;
	uint8_t wait; /* enum wait: the list it is in */
	bool ended : 1, gap : 1, truncated : 1, waits_neigh : 1, cut_up : 1;
	bool in_hook : 1;  /* and nobody said what was decided there */
	bool has_data : 1; /* above the transport header */
	bool is_tcp : 1, taken_in : 1;
	bool waits_reader : 1; /* in a TCP socket: that the buffer of data is freed says nothing */
	UT_hash_handle hh;
	struct entry *prev, *next;
	struct entry *older, *younger;
	struct socket_queue *socket; /* in whose queue it waits, NULL none */
	struct entry *queue_prev, *queue_next;
	uint64_t queued_ns;
	uint64_t last_copy_ns; /* when the last of its copies began */
};

/* Keeps a copy. 0 or -ENOMEM. */
int entry_append(struct entry *e, const struct wb_event *ev);

/* What an event says of the hooks: is it in one, and was it let into this host? */
void entry_note_hook(struct entry *e, const struct wb_event *ev, const void *body);

/*
 * Open journeys by their first sight. The rings are read one after the other: who comes first need
 * not have been seen first. Zeroed: empty.
 */
struct ages {
	struct entry *oldest, *near; /* near: where the last one was put in */
};
/* An event of that time came: puts it in, or moves it if it is older than what was known. */
void ages_note(struct ages *a, struct entry *e, uint64_t ns);
void ages_forget(struct ages *a, struct entry *e);

/* An entry's events, side by side. Zeroed: empty. */
struct unpacked {
	uint8_t *bytes;
	size_t room;
	const struct wb_event *events[EVENTS_MAX];
};
/* Of an entry of at most EVENTS_MAX events; what was in u is gone. 0 or -ENOMEM. */
int entry_unpack(const struct entry *e, struct unpacked *u);
void unpacked_clear(struct unpacked *u);

/* Packets by the socket in whose queue they wait, in order. Zeroed: empty. */
struct sockets {
	struct socket_queue *by_address;
};
int sockets_queue(struct sockets *s, uint64_t sk, struct entry *e);
/* The packet that waits there longest, NULL: none did at that time. It is no longer queued. */
struct entry *sockets_read(struct sockets *s, uint64_t sk, uint64_t ns);
void sockets_forget(struct sockets *s, struct entry *e);

#endif
