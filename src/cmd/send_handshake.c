/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_handshake.h. */
#include "cmd/send_handshake.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "host/names.h"
#include "model/packet.h"

#define TCP_SYN 2
#define PACKETS 3 /* SYN, SYN-ACK, ACK */

int handshake_check(const struct send *s)
{
	const struct send_item *i = s->list.items;

	if (s->o.deliver)
		return fail(EXIT_USAGE,
			    "--handshake: with --deliver a socket here gives the answer");
	if (s->list.n != 1 || i->key.proto != IPPROTO_TCP || i->flags != TCP_SYN)
		return fail(EXIT_USAGE,
			    "--handshake begins with one tcp packet, and its flags are S");
	return EXIT_DONE;
}

void handshake_filter(struct send *s, struct text *t)
{
	bool is4 = s->list.items[0].key.family == 4;

	/* of IPv4 the identification, of IPv6 the flow label: both may be anything */
	s->answer_id = 1 + (arc4random_uniform(is4 ? 0xffff : 0xfffff));
	text_printf(t, is4 ? "(tcp and ip[4:2] = %u) or " : "(tcp and ip6[0:4] & 0xfffff = %u) or ",
		    s->answer_id);
}

void handshake_note(struct send *s, const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);

	s->arrived = j->swallowed == SWALLOWED_ARRIVING;
	s->got_through = j->swallowed == SWALLOWED_LEAVING || s->arrived;
	s->left = s->got_through ? j->steps[j->n_steps - 1].at : (struct place){0};
	s->last_form = *p;
}

static void put_end(struct text *t, const struct wb_packet *p, bool source)
{
	char addr[64];

	packet_addr(p->family, source ? p->saddr : p->daddr, addr, sizeof(addr));
	text_printf(t, p->family == 4 ? "%s:%u" : "[%s]:%u", addr, source ? p->sport : p->dport);
}

static void add(struct send *s, const struct text *words, const struct send_way *way)
{
	if (send_list_add(&s->list, "", words->s ? words->s : "", way)) {
		s->error = EXIT_CANNOT;
		s->stop = true;
		return;
	}
	if (!s->o.quiet)
		send_item_say(&s->list.items[s->list.n - 1], way->dev);
	s->error = send_ask_xdp(s);
	s->stop = s->error;
}

static void add_answer(struct send *s)
{
	const struct send_item *syn = &s->list.items[0];
	struct send_way way = {.agent = &s->agent, .out = s->arrived};
	struct text t = {0};

	way.dev = names_device(resolve_names(s->live.resolve), s->left.netns_inum,
			       s->left.ifindex, 0);
	text_printf(&t, "tcp ");
	put_end(&t, &s->last_form, false);
	text_printf(&t, " > ");
	put_end(&t, &s->last_form, true);
	text_printf(&t, " flags SA seq %u ack %u %s %u", arc4random(), syn->key.seq_end,
		    syn->key.family == 4 ? "ipid" : "flow", s->answer_id);
	add(s, &t, &way);
	text_free(&t);
}

static void add_ack(struct send *s)
{
	const struct send_item *syn = &s->list.items[0], *answer = &s->list.items[1];
	struct send_way way = {
		.agent = &s->agent, .dev = s->o.in, .out = s->o.out, .mark = syn->mark};
	struct wb_packet first;
	struct text t = {0};

	express_packet(&syn->key, &first);
	text_printf(&t, "tcp ");
	put_end(&t, &first, true);
	text_printf(&t, " > ");
	put_end(&t, &first, false);
	text_printf(&t, " flags A seq %u ack %u %s %u", syn->key.seq_end, answer->key.seq_end,
		    syn->key.family == 4 ? "ipid" : "flow", s->answer_id);
	add(s, &t, &way);
	text_free(&t);
}

/* Why it ends here. NULL: it does not. */
static const char *broken_off(const struct send *s)
{
	if (s->list.n == 1 && (!s->got_through || s->left.netns_inum != s->netns))
		return "the SYN would neither leave through a device here nor reach a socket, so "
		       "no answer is put in";
	if (s->list.n == 2 && !s->got_through)
		return "the answer did not get through, so no ACK follows";
	return NULL;
}

void handshake_go_on(struct send *s)
{
	const char *why = broken_off(s);

	if (!s->o.handshake || s->at != s->list.n || s->list.n == PACKETS)
		return;
	if (why && !s->o.quiet)
		fprintf(stderr, "waybill: %s\n", why);
	if (why)
		return;
	if (s->list.n == 1)
		add_answer(s);
	else
		add_ack(s);
}
