/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pcapng file for Wireshark, tshark and tcpdump: one packet a journey, its first bytes as they
 * were when the packet was first seen, and the journey's text as the packet's comment; behind NAT
 * once more, so that each side of it has the whole conversation, and its own alone. An interface
 * block for each network namespace and device stands in front of its first packet. Of all the link
 * type is the same, because tcpdump reads no other file: a cooked header stands for the MAC header,
 * which many of these packets don't have (yet).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "output/last_form.h"
#include "output/sink.h"
#include "util/clock.h"
#include "util/foreign.h"

enum block { BLOCK_INTERFACE = 1, BLOCK_PACKET = 6, BLOCK_SECTION = 0x0a0d0d0a };
enum option {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SECTION_OS = 3,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_RESOLUTION = 9,
	PACKET_FLAGS = 2,
	PACKET_VERDICT = 7,
};
#define LINK_SLL2      276
#define SLL2_SIZE      20
#define ARPHRD_ETHER   1
#define OPTION_MAX     65532 /* a length has 16 bits, and is padded to four bytes */
#define INTERFACES_MAX 4096
#define PACKET_TIME    12		   /* where in its block it is */
#define HOLD_NS	       (5 * SECOND_NS / 2) /* a journey that ends by silence is told that late */
#define HELD_MAX       16384

struct interface {
	uint32_t netns, ifindex;
};

/* A packet block whose time has not come: others before it may follow. */
struct held {
	uint64_t ns;
	char *block;
	size_t n;
	struct held *prev, *next; /* by time */
};

/* One form of a packet, and where and when it had that. */
struct form {
	const struct wb_raw *raw;
	const struct step *step; /* NULL: nowhere */
	uint64_t ns;
	bool again; /* the journey stands with another one */
};

struct pcapng {
	struct sink sink;
	struct held *held;
	size_t n_held;
	struct text block, comment;
	struct interface interfaces[INTERFACES_MAX]; /* in the order of their blocks */
	size_t n_interfaces;
	uint64_t last_ns; /* of the packet that was written last */
};

static void put_u32(struct text *t, uint32_t v)
{
	text_put(t, (const char *)&v, sizeof(v));
}

static void put_padded(struct text *t, const void *data, size_t n)
{
	text_put(t, data, n);
	text_put(t, "\0\0\0", -n & 3);
}

static void put_option(struct text *t, uint16_t code, const void *data, size_t n)
{
	uint16_t head[2] = {code, n};

	text_put(t, (const char *)head, sizeof(head));
	put_padded(t, data, n);
}

static void begin(struct text *t, enum block type)
{
	text_reset(t);
	put_u32(t, type);
	put_u32(t, 0); /* the length, known at the end */
}

/* Of the block in hand. 0 or -ENOMEM. */
static int complete(struct text *t)
{
	uint32_t size;

	put_option(t, OPT_END, "", 0);
	size = t->n + sizeof(size);
	put_u32(t, size);
	if (t->failed)
		return -ENOMEM;
	memcpy(t->s + 4, &size, sizeof(size));
	return 0;
}

static int write_out(struct pcapng *p, const char *block, size_t n)
{
	return fwrite(block, 1, n, p->sink.o.out) == n ? 0 : -(errno ? errno : EIO);
}

static int end(struct pcapng *p)
{
	int r = complete(&p->block);

	return r ? r : write_out(p, p->block.s, p->block.n);
}

static int hold(struct pcapng *p, uint64_t ns)
{
	struct held *h = calloc(1, sizeof(*h)), *before = p->held ? p->held->prev : NULL;

	if (!h || complete(&p->block)) {
		free(h);
		return -ENOMEM;
	}
	h->ns = ns;
	h->block = p->block.s;
	h->n = p->block.n;
	p->block = (struct text){0};
	while (before && before->ns > ns) /* mostly it belongs to the end, where prev begins */
		before = before == p->held ? NULL : before->prev;
	if (before || !p->held)
		DL_APPEND_ELEM(p->held, before, h);
	else
		DL_PREPEND(p->held, h);
	p->n_held++;
	return 0;
}

/* Those until then. Who comes late would break the order that readers rely on: its comment has the
 * time. */
static int let_go(struct pcapng *p, uint64_t until_ns)
{
	int r = 0;

	while (p->held && (p->held->ns <= until_ns || p->n_held > HELD_MAX) && !r) {
		struct held *h = p->held;
		uint32_t when[2];

		p->last_ns = h->ns > p->last_ns ? h->ns : p->last_ns;
		when[0] = p->last_ns >> 32;
		when[1] = p->last_ns;
		memcpy(h->block + PACKET_TIME, when, sizeof(when));
		r = write_out(p, h->block, h->n);
		DL_DELETE(p->held, h);
		p->n_held--;
		free(h->block);
		free(h);
	}
	/* whoever kills waybill shall find whole packets in the file */
	return r ? r : fflush(p->sink.o.out) ? -errno : 0;
}

static int on_start(struct sink *sink, const struct sink_start *info)
{
	struct pcapng *p = (struct pcapng *)sink;
	struct text *t = &p->block, words = {0};
	uint16_t version[2] = {1, 0};
	int64_t unknown = -1;
	int r;

	begin(t, BLOCK_SECTION);
	put_u32(t, 0x1a2b3c4d); /* read as this by a machine of the same byte order */
	text_put(t, (const char *)version, sizeof(version));
	text_put(t, (const char *)&unknown, sizeof(unknown));
	text_printf(&words, "Linux %s", info->kernel);
	put_option(t, SECTION_OS, words.s, words.n);
	text_reset(&words);
	text_printf(&words, "waybill %s", info->version);
	put_option(t, SECTION_APPLICATION, words.s, words.n);
	r = end(p);
	text_free(&words);
	return r ? r : fflush(sink->o.out) ? -errno : 0;
}

/* The number of the place's interface block, after writing it if there is none. */
static int interface(struct pcapng *p, const struct place *at)
{
	const uint8_t nanoseconds = 9;
	struct text *t = &p->block, name = {0};
	size_t i;
	int r;

	for (i = 0; i < p->n_interfaces; i++)
		if (p->interfaces[i].netns == at->netns_inum &&
		    p->interfaces[i].ifindex == at->ifindex)
			return i;
	if (i == INTERFACES_MAX)
		return -ENOSPC;
	begin(t, BLOCK_INTERFACE);
	put_u32(t, LINK_SLL2); /* and two reserved bytes */
	put_u32(t, SLL2_SIZE + WB_RAW_MAX);
	if (at->netns[0])
		text_escaped(&name, at->netns);
	else
		text_printf(&name, "%u", at->netns_inum);
	text_put(&name, "/", 1);
	if (at->dev[0])
		text_escaped(&name, at->dev);
	else
		text_printf(&name, at->ifindex ? "if%u" : "local", at->ifindex);
	put_option(t, INTERFACE_NAME, name.s, name.n);
	put_option(t, INTERFACE_RESOLUTION, &nanoseconds, 1);
	text_free(&name);
	r = end(p);
	if (r)
		return r;
	p->interfaces[p->n_interfaces++] = (struct interface){at->netns_inum, at->ifindex};
	return i;
}

/* Of the packet without its MAC header. */
static uint32_t wire_length(const struct journey *j, uint32_t caplen)
{
	uint32_t n = j->packet.ip_len;

	if (!n && j->n_steps)
		n = j->steps[0].len;
	return n > caplen ? n : caplen;
}

static bool was_sent(const struct form *f)
{
	return f->step && f->step->station >= WB_STATION_SOCKET_SEND;
}

/* The cooked header in front of what is kept above the MAC header, and both lengths. */
static void put_packet(struct text *t, const struct journey *j, const struct form *f,
		       size_t snaplen)
{
	enum { PACKET_HOST = 0, PACKET_OUTGOING = 4 };
	size_t l2 = f->raw->l2 ? j->packet.l2_len : 0;
	size_t n = f->raw->caplen > l2 ? f->raw->caplen - l2 : 0, mac = 0;
	uint8_t head[SLL2_SIZE] = {0};
	uint16_t type = htons(j->packet.ethertype     ? j->packet.ethertype
			      : j->packet.family == 6 ? ETH_P_IPV6
						      : ETH_P_IP);
	uint32_t ifindex = htonl(f->step ? f->step->at.ifindex : 0);
	uint16_t device = htons(ARPHRD_ETHER);

	memcpy(head, &type, sizeof(type));
	memcpy(head + 4, &ifindex, sizeof(ifindex));
	memcpy(head + 8, &device, sizeof(device));
	head[10] = was_sent(f) ? PACKET_OUTGOING : PACKET_HOST;
	if (l2 >= 14) { /* the sender's address */
		mac = 6;
		memcpy(head + 12, f->raw->data + 6, mac);
	}
	head[11] = mac;
	put_u32(t, SLL2_SIZE + (snaplen && snaplen < n ? snaplen : n));
	put_u32(t, SLL2_SIZE + wire_length(j, n));
	n = snaplen && snaplen < n ? snaplen : n;
	text_put(t, (const char *)head, sizeof(head));
	put_padded(t, f->raw->data + l2, n);
}

/* What an XDP or tc program returned, in the form that pcapng has for it. */
static void put_verdict(struct text *t, const struct journey *j)
{
	enum { TC = 1, XDP = 2, XDP_RETURNED_DROP = 1, TC_RETURNED_SHOT = 2 };
	uint8_t value[9] = {0};

	if (j->outcome != OUTCOME_DROPPED)
		return;
	if (j->drop.layer == WB_LAYER_XDP) {
		value[0] = XDP;
		value[1] = j->drop.decider && decider_text(j->drop.decider, "action") &&
					   strcmp(decider_text(j->drop.decider, "action"), "drop")
				   ? 0
				   : XDP_RETURNED_DROP;
	} else if (j->drop.layer == WB_LAYER_TC_IN || j->drop.layer == WB_LAYER_TC_OUT) {
		value[0] = TC;
		value[1] = TC_RETURNED_SHOT;
	} else {
		return;
	}
	put_option(t, PACKET_VERDICT, value, sizeof(value));
}

static void put_comment(struct pcapng *p, const struct journey *j, bool again)
{
	struct sink_opts plain = p->sink.o;
	struct text *c = &p->comment;

	plain.color = false;
	plain.ascii = false;
	plain.lines_fit = false;
	plain.width = 0;
	text_reset(c);
	if (again)
		text_printf(c, "#%llu as NAT left it", (unsigned long long)j->number);
	else
		journey_text(c, j, &plain);
	put_option(&p->block, OPT_COMMENT, c->s, c->n < OPTION_MAX ? c->n : OPTION_MAX);
}

static int put_form(struct pcapng *p, const struct journey *j, const struct form *f)
{
	static const struct place nowhere;
	uint32_t direction = was_sent(f) ? 2 : 1;
	int i = interface(p, f->step ? &f->step->at : &nowhere);

	if (i < 0)
		return i;
	begin(&p->block, BLOCK_PACKET);
	put_u32(&p->block, i);
	put_u32(&p->block, 0); /* the time, known when it is written */
	put_u32(&p->block, 0);
	put_packet(&p->block, j, f, p->sink.o.snaplen);
	put_comment(p, j, f->again);
	put_option(&p->block, PACKET_FLAGS, &direction, sizeof(direction));
	if (!f->again)
		put_verdict(&p->block, j);
	return hold(p, f->ns);
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	struct pcapng *p = (struct pcapng *)sink;
	const struct step *last = j->n_steps ? &j->steps[last_form_step(j)] : NULL;
	struct wb_raw raw;
	struct form first = {
		.raw = &j->raw, .step = j->n_steps ? j->steps : NULL, .ns = j->wall_ns};
	struct form end = {.raw = &raw, .step = last, .ns = j->wall_ns + (last ? last->dt_ns : 0)};
	bool changed = last_form(j, &raw);
	int r = 0;

	if (!changed)
		end.raw = &j->raw;
	end.again = sink->o.write_at != WRITE_AT_LAST;
	if (sink->o.write_at != WRITE_AT_LAST)
		r = put_form(p, j, &first);
	if (!r && (!end.again || (changed && sink->o.write_at == WRITE_AT_BOTH)))
		r = put_form(p, j, &end);
	return r || p->n_held <= HELD_MAX ? r : let_go(p, 0);
}

static int on_tick(struct sink *sink, uint64_t wall_ns)
{
	struct pcapng *p = (struct pcapng *)sink;

	return p->held ? let_go(p, wall_ns == UINT64_MAX ? wall_ns : wall_ns - HOLD_NS) : 0;
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	(void)sum;
	return let_go((struct pcapng *)sink, UINT64_MAX);
}

static void on_free(struct sink *sink)
{
	struct pcapng *p = (struct pcapng *)sink;

	let_go(p, UINT64_MAX);
	text_free(&p->block);
	text_free(&p->comment);
	if (sink->o.out != stdout)
		fclose(sink->o.out);
	free(p);
}

static const struct sink_ops ops = {.start = on_start,
				    .journey = on_journey,
				    .tick = on_tick,
				    .summary = on_summary,
				    .free = on_free};

struct sink *sink_pcapng_new(const struct sink_opts *o)
{
	struct pcapng *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->sink.ops = &ops;
	p->sink.o = *o;
	return &p->sink;
}
