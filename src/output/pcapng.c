/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pcapng file for Wireshark and tshark: one packet a journey, its first bytes as they were when
 * the packet was first seen, and the journey's text as the packet's comment. An interface block
 * for each network namespace and device stands in front of its first packet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/sink.h"
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
enum linktype { LINK_ETHERNET = 1, LINK_IP = 101 };
#define OPTION_MAX     65532 /* a length has 16 bits, and is padded to four bytes */
#define INTERFACES_MAX 4096

struct interface {
	uint32_t netns, ifindex;
	bool l2;
};

struct pcapng {
	struct sink sink;
	struct text block, comment;
	struct interface interfaces[INTERFACES_MAX]; /* in the order of their blocks */
	size_t n_interfaces;
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

static int end(struct pcapng *p)
{
	struct text *t = &p->block;
	uint32_t size;

	put_option(t, OPT_END, "", 0);
	size = t->n + sizeof(size);
	put_u32(t, size);
	if (t->failed)
		return -ENOMEM;
	memcpy(t->s + 4, &size, sizeof(size));
	return fwrite(t->s, 1, t->n, p->sink.o.out) == t->n ? 0 : -(errno ? errno : EIO);
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
static int interface(struct pcapng *p, const struct place *at, bool l2)
{
	const uint8_t nanoseconds = 9;
	struct text *t = &p->block, name = {0};
	size_t i;
	int r;

	for (i = 0; i < p->n_interfaces; i++)
		if (p->interfaces[i].netns == at->netns_inum &&
		    p->interfaces[i].ifindex == at->ifindex && p->interfaces[i].l2 == l2)
			return i;
	if (i == INTERFACES_MAX)
		return -ENOSPC;
	begin(t, BLOCK_INTERFACE);
	put_u32(t, l2 ? LINK_ETHERNET : LINK_IP); /* and two reserved bytes */
	put_u32(t, WB_RAW_MAX);
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
	p->interfaces[p->n_interfaces++] = (struct interface){at->netns_inum, at->ifindex, l2};
	return i;
}

static uint32_t wire_length(const struct journey *j)
{
	uint32_t n = j->packet.ip_len + (j->raw.l2 ? j->packet.l2_len : 0U);

	if (!j->packet.ip_len && j->n_steps)
		n = j->steps[0].len;
	return n > j->raw.caplen ? n : j->raw.caplen;
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

static int on_journey(struct sink *sink, const struct journey *j)
{
	static const struct place nowhere;
	struct pcapng *p = (struct pcapng *)sink;
	const struct place *at = j->n_steps ? &j->steps[0].at : &nowhere;
	struct sink_opts plain = sink->o;
	struct text *t = &p->block;
	uint32_t direction = j->n_steps && j->steps[0].station >= WB_STATION_SOCKET_SEND ? 2 : 1;
	size_t n;
	int i = interface(p, at, j->raw.l2), r;

	if (i < 0)
		return i;
	begin(t, BLOCK_PACKET);
	put_u32(t, i);
	put_u32(t, j->wall_ns >> 32);
	put_u32(t, j->wall_ns);
	put_u32(t, j->raw.caplen);
	put_u32(t, wire_length(j));
	put_padded(t, j->raw.data, j->raw.caplen);
	plain.color = false;
	text_reset(&p->comment);
	journey_text(&p->comment, j, &plain);
	n = p->comment.n < OPTION_MAX ? p->comment.n : OPTION_MAX;
	put_option(t, OPT_COMMENT, p->comment.s, n);
	put_option(t, PACKET_FLAGS, &direction, sizeof(direction));
	put_verdict(t, j);
	r = end(p);
	/* whoever kills waybill shall find whole packets in the file */
	return r ? r : fflush(sink->o.out) ? -errno : 0;
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	(void)sum;
	return fflush(sink->o.out) ? -errno : 0;
}

static void on_free(struct sink *sink)
{
	struct pcapng *p = (struct pcapng *)sink;

	text_free(&p->block);
	text_free(&p->comment);
	fclose(sink->o.out);
	free(p);
}

static const struct sink_ops ops = {on_start, on_journey, NULL, on_summary, on_free};

struct sink *sink_pcapng_new(const struct sink_opts *o)
{
	struct pcapng *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->sink.ops = &ops;
	p->sink.o = *o;
	return &p->sink;
}
