/* SPDX-License-Identifier: GPL-2.0-only */
/* What nftables told as a fact and back: a recording has no other place for it. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/told.h"
#include "host/listing.h"
#include "model/fact.h"
#include "model/packet.h"
#include "util/foreign_json.h"

static json_t *name(const char *bytes)
{
	return foreign_json(bytes, strlen(bytes));
}

void told_to_facts(struct facts *f, const struct nft_verdict *v)
{
	const struct wb_packet *p = &v->packet;
	char src[64], dst[64], *text;
	json_t *o;

	packet_addr(p->family, p->saddr, src, sizeof(src));
	packet_addr(p->family, p->daddr, dst, sizeof(dst));
	o = json_pack("{s:I, s:I, s:i, s:b, s:b, s:i, s:I, s:o, s:o, s:i, s:i, s:s, s:s, s:i, s:i, "
		      "s:i, s:I}",
		      "ts_ns", (json_int_t)v->ts_ns, "netns", (json_int_t)v->netns, "family",
		      v->family, "policy", v->policy, "queue", v->queue, "number", v->number,
		      "handle", (json_int_t)v->handle, "table", name(v->table), "chain",
		      name(v->chain), "ip", p->family, "proto", p->proto, "src", src, "dst", dst,
		      "sport", p->sport, "dport", p->dport, "ip_id", p->ip_id, "tcp_seq",
		      (json_int_t)p->tcp_seq);
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (text)
		facts_put(f, FACT_TOLD, text);
	free(text);
	json_decref(o);
}

static bool read_verdict(const json_t *o, struct nft_verdict *v)
{
	struct wb_packet *p = &v->packet;
	int bus = listed_number(o, "ip", 4) == 6 ? AF_INET6 : AF_INET;

	*v = (struct nft_verdict){
		.ts_ns = (uint64_t)listed_number(o, "ts_ns", 0),
		.netns = (uint32_t)listed_number(o, "netns", 0),
		.family = (uint8_t)listed_number(o, "family", 0),
		.policy = json_is_true(json_object_get(o, "policy")),
		.queue = json_is_true(json_object_get(o, "queue")),
		.number = (uint16_t)listed_number(o, "number", 0),
		.handle = (uint64_t)listed_number(o, "handle", 0),
	};
	p->family = bus == AF_INET6 ? 6 : 4;
	p->proto = (uint8_t)listed_number(o, "proto", 0);
	p->sport = (uint16_t)listed_number(o, "sport", 0);
	p->dport = (uint16_t)listed_number(o, "dport", 0);
	p->ip_id = (uint16_t)listed_number(o, "ip_id", 0);
	p->tcp_seq = (uint32_t)listed_number(o, "tcp_seq", 0);
	return inet_pton(bus, listed_word(o, "src"), p->saddr) == 1 &&
	       inet_pton(bus, listed_word(o, "dst"), p->daddr) == 1 &&
	       foreign_bytes(listed_word(o, "table"), v->table, sizeof(v->table)) &&
	       foreign_bytes(listed_word(o, "chain"), v->chain, sizeof(v->chain));
}

bool told_from_fact(const char *json, struct nft_verdict *ret)
{
	json_t *o = json_loads(json, 0, NULL);
	bool fits = read_verdict(o, ret);

	json_decref(o);
	return fits;
}
