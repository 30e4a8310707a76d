/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which sockets could take a packet, now or when it was seen. How the kernel is asked for them is
 * in sockets_ask.c.
 */
#include "host/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "model/packet.h"
#include "host/inside.h"
#include "host/owners.h"
#include "host/sockets_ask.h"
#include "util/clock.h"

#define NOTE_NS (200 * MS_NS) /* how long an answer serves for the packets that follow */

/* The sockets of a few namespaces as they were when a packet found none. */
#define NOTES 8
struct note {
	uint32_t inum;
	uint64_t at_ns;
	struct sockets of[2]; /* TCP, UDP */
};

/* Both at once: they may be gone while the second question is put. */
struct note_question {
	struct sockets of[2];
};

static int ask_note(void *arg)
{
	struct note_question *note = arg;
	struct socket_question q[2] = {
		{.proto = IPPROTO_TCP, .states = 1u << TCP_LISTEN | 1u << TCP_SYN_SENT},
		{.proto = IPPROTO_UDP, .states = ANY_STATE},
	};

	for (int i = 0; i < 2; i++) {
		if (sockets_ask(&q[i]))
			q[i].found.unread = true;
		note->of[i] = q[i].found;
	}
	return 0;
}

const struct host_row sockets_note_row = {ask_note, sizeof(struct note_question), HOST_FILES, true};

/* The place for a namespace's note, which may be another's still. NULL: there is no memory. */
static struct note *note_of(struct names *n, uint32_t inum)
{
	struct note *notes = names_kept(n, KEEPS_NOTES, NOTES * sizeof(*notes), NULL);

	return notes ? &notes[inum % NOTES] : NULL;
}

void sockets_note(struct names *n, uint32_t inum)
{
	struct note *note = note_of(n, inum);
	struct note_question q = {0};
	uint64_t now = clock_now_ns();

	if (!note || (note->inum == inum && now - note->at_ns < NOTE_NS))
		return;
	note->inum = inum;
	note->at_ns = now;
	if (names_inside(n, inum, ask_note, &q))
		q.of[0].unread = q.of[1].unread = true;
	for (int i = 0; i < 2; i++) {
		owners_of(n, &q.of[i]);
		note->of[i] = q.of[i];
	}
}

/*
 * Reading the sockets can take milliseconds: a question whose answer was "none" a moment ago is not
 * asked again for each packet of a flood.
 */
struct none {
	uint32_t inum;
	uint8_t proto;
	uint16_t port;
	uint64_t at_ns;
};

static void ask_now(struct names *n, uint32_t inum, struct socket_question *q)
{
	struct none *none = names_kept(n, KEEPS_NONE, 2 * sizeof(*none), NULL);
	uint64_t now = clock_now_ns();

	if (none)
		none += q->proto == IPPROTO_UDP;
	if (none && none->inum == inum && none->port == q->port && none->proto == q->proto &&
	    now - none->at_ns < NOTE_NS)
		return;
	if (names_inside(n, inum, sockets_ask, q))
		q->found.unread = true;
	else if (none && !q->seen)
		*none = (struct none){inum, q->proto, q->port, now};
}

void sockets_find(struct names *n, uint32_t inum, uint8_t proto, uint16_t port, struct sockets *ret)
{
	const struct note *note = note_of(n, inum);
	struct socket_question q = {.proto = proto,
				    .port = port,
				    .states = proto == IPPROTO_TCP ? 1u << TCP_LISTEN : ANY_STATE};
	const struct sockets *then;

	ask_now(n, inum, &q);
	*ret = q.found;
	if (ret->n || !note || note->inum != inum || (proto != IPPROTO_TCP && proto != IPPROTO_UDP))
		return;
	then = &note->of[proto == IPPROTO_UDP];
	q.found.unread &= then->unread;
	for (size_t i = 0; i < then->n; i++)
		if (then->rows[i].port == port && (proto != IPPROTO_TCP || then->rows[i].listens))
			sockets_add(&q, &then->rows[i]);
	*ret = q.found;
}

size_t sockets_connections(struct names *n, uint32_t inum, const struct socket_row *like,
			   struct sockets *ret)
{
	struct socket_question q = {.proto = IPPROTO_TCP,
				    .port = like->port,
				    .states = ANY_STATE & ~(1u << TCP_LISTEN),
				    .only_peer = true,
				    .peer_of = *like};

	if (names_inside(n, inum, sockets_ask, &q))
		q.found.unread = true;
	if (ret)
		*ret = q.found;
	return q.seen;
}

void sockets_with_peers(struct names *n, uint32_t inum, uint16_t port, struct sockets *ret)
{
	const struct note *note = note_of(n, inum);
	struct socket_question q = {
		.proto = IPPROTO_TCP, .port = port, .states = ANY_STATE & ~(1u << TCP_LISTEN)};

	if (names_inside(n, inum, sockets_ask, &q))
		q.found.unread = true;
	for (size_t i = 0; !q.found.n && note && note->inum == inum && i < note->of[0].n; i++)
		if (note->of[0].rows[i].port == port && !note->of[0].rows[i].listens)
			sockets_add(&q, &note->of[0].rows[i]);
	*ret = q.found;
}

size_t sockets_half_open(struct names *n, uint32_t inum, uint16_t port)
{
	struct socket_question q = {
		.proto = IPPROTO_TCP, .port = port, .states = 1u << TCP_SYN_RECV};

	names_inside(n, inum, sockets_ask, &q);
	return q.seen;
}

/* An IPv6 socket takes IPv4, too, unless it was told not to. */
static bool same_address(const struct socket_row *s, const uint8_t *mine, const uint8_t *theirs,
			 uint8_t family)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (s->family == family)
		return !memcmp(mine, theirs, family == 6 ? 16 : 4);
	return s->family == 6 && !memcmp(mine, mapped, 12) && !memcmp(mine + 12, theirs, 4);
}

bool socket_fits(const struct socket_row *s, const struct wb_packet *p, uint32_t ifindex)
{
	if (s->ifindex && s->ifindex != ifindex)
		return false;
	if (s->family != p->family && (s->family == 4 || s->v6only))
		return false;
	if (!s->any && !same_address(s, s->addr, p->daddr, p->family))
		return false;
	return !s->peer_port ||
	       (s->peer_port == p->sport && same_address(s, s->peer, p->saddr, p->family));
}

const char *socket_local(const struct socket_row *s, char *buf, size_t size)
{
	char addr[64];

	packet_addr(s->family, s->addr, addr, sizeof(addr));
	snprintf(buf, size, s->family == 6 ? "[%.46s]:%u" : "%.46s:%u", addr, s->port);
	return buf;
}
