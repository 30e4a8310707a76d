/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_list.h. What the words mean is in src/send/. */
#include "cmd/send_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cmd/cmd.h"
#include "model/packet.h"
#include "send/piece.h"
#include "util/foreign.h"

#define EXACT_MAX 4  /* packets that the filter tells from all others */
#define HOSTS_MAX 32 /* else their hosts */

static uint32_t arbitrary(void *arg)
{
	uint32_t v = 0;

	(void)arg;
	if (getrandom(&v, sizeof(v), 0) != sizeof(v))
		v = 1;
	return v;
}

/* The text again, with the place below it. */
static int refuse(const char *where, const char *text, const struct send_error *e)
{
	struct text t = {.ascii = 1};
	size_t column;
	char *before = strndup(text, e->at);

	fail(EXIT_USAGE, "%sthe packet, at its byte %zu: %s", where, e->at + 1, e->what);
	text_escaped(&t, before ? before : "");
	column = t.n;
	text_reset(&t);
	text_escaped(&t, text);
	fprintf(stderr, "    %s\n    %*s^\n", t.s ? t.s : "", (int)column, "");
	text_free(&t);
	free(before);
	return EXIT_USAGE;
}

static int read_payload(const char *where, struct send_packet *p)
{
	FILE *f = p->file[0] ? fopen(p->file, "re") : NULL;

	if (!p->file[0])
		return EXIT_DONE;
	if (!f)
		return fail(EXIT_CANNOT, "%spayload @%s: %s", where, p->file, strerror(errno));
	p->n_payload = fread(p->payload, 1, sizeof(p->payload), f);
	if (p->n_payload == sizeof(p->payload) && fgetc(f) != EOF) {
		fclose(f);
		return fail(EXIT_CANNOT, "%spayload @%s: more than %zu bytes", where, p->file,
			    sizeof(p->payload));
	}
	fclose(f);
	p->file[0] = 0;
	return EXIT_DONE;
}

int send_list_ground(const struct send_way *way, const char *where, uint8_t family,
		     const uint8_t *addr, struct ground *ret)
{
	static struct agent_request q;
	static struct agent_reply r;

	*ret = (struct ground){0};
	if (!way->agent || way->out)
		return EXIT_DONE;
	q = (struct agent_request){.what = AGENT_GROUND, .family = family};
	snprintf(q.dev, sizeof(q.dev), "%s", way->dev);
	memcpy(q.addr, addr, sizeof(q.addr));
	agent_ask(way->agent, &q, &r);
	*ret = r.ground;
	return r.status ? fail(EXIT_CANNOT, "%s%s", where, r.err) : EXIT_DONE;
}

bool send_item_read(struct send_item *i)
{
	if (!send_frame_read(i->frame.bytes, i->frame.n, &i->key))
		return false;
	express_made(&i->key, &i->made);
	return true;
}

static bool are_of_one_datagram(const struct send_item *a, const struct send_item *b)
{
	const struct send_key *x = &a->key, *y = &b->key;

	if (x->family != y->family || x->proto != y->proto ||
	    memcmp(x->saddr, y->saddr, sizeof(x->saddr)) ||
	    memcmp(x->daddr, y->daddr, sizeof(x->daddr)))
		return false;
	if (x->family == 4)
		return x->id == y->id;
	return x->fragment_at && y->fragment_at &&
	       !memcmp(a->frame.bytes + x->fragment_at + 4, b->frame.bytes + y->fragment_at + 4, 4);
}

static bool is_fragment(const struct send_item *i)
{
	return i->key.later_fragment || send_piece_waits(i->frame.bytes, i->frame.n, &i->key);
}

void send_list_join(struct send_list *l)
{
	for (size_t i = 0; i + 1 < l->n; i++)
		l->items[i].of_next = is_fragment(&l->items[i]) && is_fragment(&l->items[i + 1]) &&
				      are_of_one_datagram(&l->items[i], &l->items[i + 1]);
	for (size_t i = 0; i < l->n; i++) {
		struct send_item *later = &l->items[i];
		size_t k = later->key.later_fragment ? 0 : l->n;

		while (k < l->n && (l->items[k].key.later_fragment ||
				    !are_of_one_datagram(&l->items[k], later)))
			k++;
		if (k == l->n)
			continue;
		later->made.has_ports = l->items[k].made.has_ports;
		later->made.ports = l->items[k].made.ports;
		later->key.icmp_type = l->items[k].key.icmp_type;
		later->key.icmp_code = l->items[k].key.icmp_code;
	}
}

struct send_item *send_list_new_item(struct send_list *l)
{
	struct send_item *more =
		l->n == SEND_LIST_MAX ? NULL : realloc(l->items, (l->n + 1) * sizeof(*more));

	if (!more)
		return NULL;
	l->items = more;
	more[l->n] = (struct send_item){.xdp_passed = true};
	return &more[l->n++];
}

/* What can't be said of a packet that comes in, or of one that a process sends. NULL: nothing. */
static const char *out_of_place(const struct send_packet *p, const struct send_way *way)
{
	if (!way->out)
		return send_has(p, WORD_MARK) ? "mark: the kernel has no way to give a mark to a "
						"packet that comes "
						"in; a rule that sets it does"
					      : NULL;
	if (p->kind == SEND_ARP)
		return "arp: no process sends it this way; it is put in at a device (--in)";
	if (send_has(p, WORD_VLAN) || send_has(p, WORD_SMAC) || send_has(p, WORD_DMAC))
		return "vlan, smac, dmac: a packet that a process sends has no such header yet";
	return NULL;
}

int send_list_add(struct send_list *l, const char *where, const char *text,
		  const struct send_way *way)
{
	struct send_packet *p = calloc(1, sizeof(*p));
	struct send_item *item = send_list_new_item(l);
	struct ground ground = {0};
	struct send_error err;
	struct text t = {0};
	const char *misplaced = NULL;
	bool made_up = false;
	int r = EXIT_DONE;

	if (!p || !item) {
		free(p);
		return fail(EXIT_CANNOT, "%sno memory for more packets, or more than %d", where,
			    SEND_LIST_MAX);
	}
	if (send_parse(text, p, &err))
		r = refuse(where, text, &err);
	else
		misplaced = out_of_place(p, way);
	if (misplaced)
		r = fail(way->out ? EXIT_USAGE : EXIT_CANNOT, "%s%s", where, misplaced);
	if (!r)
		r = read_payload(where, p);
	if (!r)
		r = send_list_ground(way, where, p->family, p->src, &ground);
	if (!r) {
		if (way->agent && !way->out)
			ground_fill(&ground, p, &made_up);
		l->made_up |= made_up;
		item->ifindex = ground.ifindex;
		item->out = way->out;
		item->mark = send_has(p, WORD_MARK) ? p->mark : way->mark;
		send_fill(p, arbitrary, NULL);
		item->flags = p->flags;
		if (send_frame_make(p, &item->frame, &err))
			r = fail(EXIT_USAGE, "%sthe packet is %s", where, err.what);
	}
	if (!r) {
		send_print(&t, p);
		item->text = t.s;
		send_item_read(item);
	}
	free(p);
	return r;
}

int send_list_words(struct send_list *l, const char *text, const struct send_way *way)
{
	return send_list_add(l, "", text, way);
}

void send_list_clear(struct send_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->items[i].text);
		free(l->items[i].said);
		free(l->items[i].expect);
	}
	free(l->items);
	*l = (struct send_list){0};
}

/* Every packet and every answer has one of these addresses. "": they are too many to ask for. */
static void put_hosts(struct text *t, const struct send_list *l)
{
	const struct send_key *hosts[HOSTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct send_key *k = &l->items[i].key;
		char addr[64];
		size_t h = 0;

		while (h < n && memcmp(hosts[h]->saddr, k->saddr, sizeof(k->saddr)))
			h++;
		if (h < n)
			continue;
		if (n == HOSTS_MAX || !k->family) {
			text_reset(t);
			return;
		}
		hosts[n++] = k;
		text_printf(t, "%shost %s", n > 1 ? " or " : "",
			    packet_addr(k->family, k->saddr, addr, sizeof(addr)));
	}
}

/* Behind pcap-filter(7)'s "vlan" all that follows looks behind the tag: without one comes first. */
static void put_tagged(struct text *t, const char *packets, size_t tags)
{
	for (size_t i = 0; i <= tags; i++)
		text_printf(t, "%s(%s)", i ? " or (vlan and " : "", packets);
	for (size_t i = 0; i < tags; i++)
		text_printf(t, ")");
}

void send_list_filter(const struct send_list *l, struct text *t)
{
	struct text packets = {0};
	size_t tags = 0;

	if (l->n > EXACT_MAX)
		put_hosts(&packets, l);
	for (size_t i = 0; i < l->n; i++) {
		const struct send_key *k = &l->items[i].key;
		size_t n = k->l3 > SEND_ETH_LEN ? (k->l3 - SEND_ETH_LEN) / 4 : 0;

		tags = n > tags ? n : tags;
		if (l->n > EXACT_MAX)
			continue;
		text_printf(&packets, i ? " or " : "");
		express_filter(&packets, k);
	}
	t->failed |= packets.failed;
	if (packets.n)
		put_tagged(t, packets.s, tags);
	text_free(&packets);
}

void send_item_say(const struct send_item *i, const char *dev)
{
	fprintf(stderr, "waybill: %s%s: %s\n", i->out ? "sent here" : "in at ", i->out ? "" : dev,
		i->text);
}

void send_item_dump(const struct send_item *i)
{
	size_t from = i->out ? i->key.l3 : 0;

	for (size_t k = from; k < i->frame.n; k++)
		printf("%s%02x",
		       (k - from) % 16 ? " "
		       : k > from      ? "\n    "
				       : "    ",
		       i->frame.bytes[k]);
	printf("\n");
}
