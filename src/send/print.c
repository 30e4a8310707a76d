/* SPDX-License-Identifier: GPL-2.0-only */
/* What was left out of a packet, filled in; and the packet in its own language. */
#include <arpa/inet.h>
#include <string.h>

#include "model/packet.h"
#include "send/words.h"

#define TCP_ACK_FLAG 0x10
#define TCP_SYN_FLAG 0x02
#define PING_BYTES   56
#define FIRST_PORT   32768 /* net.ipv4.ip_local_port_range, as it is by default */
#define N_PORTS	     28232

#define TIMESTAMPS 12 /* three of them */

static bool echoes(const struct send_packet *p)
{
	return (p->kind == SEND_ICMP && (p->type == 8 || p->type == 0)) ||
	       (p->kind == SEND_ICMP6 && (p->type == 128 || p->type == 129));
}

static bool asks_for_time(const struct send_packet *p)
{
	return p->kind == SEND_ICMP && (p->type == 13 || p->type == 14);
}

static uint32_t usual_len(const struct send_packet *p)
{
	return !send_has_transport(p) ? 8
	       : echoes(p)	      ? PING_BYTES
	       : asks_for_time(p)     ? TIMESTAMPS
				      : 0;
}

static void fill(struct send_packet *p, enum send_word w, uint32_t *field, uint32_t value)
{
	if (send_has(p, w) || !send_word_fits(w, p->kind, p->family))
		return;
	*field = value;
	send_set(p, w);
}

static void fill_transport(struct send_packet *p, uint32_t (*random)(void *arg), void *arg)
{
	if (send_has_ports(p) && !p->has_sport) {
		p->sport = FIRST_PORT + random(arg) % N_PORTS;
		p->has_sport = true;
	}
	if (p->kind == SEND_TCP) {
		if (!send_has(p, WORD_FLAGS))
			p->flags = send_has(p, WORD_ACK) ? TCP_ACK_FLAG : TCP_SYN_FLAG;
		send_set(p, WORD_FLAGS);
		fill(p, WORD_SEQ, &p->seq, random(arg));
		if (p->flags & TCP_ACK_FLAG)
			fill(p, WORD_ACK, &p->ack, random(arg));
		fill(p, WORD_WIN, &p->win, 64240);
	}
	if (p->kind == SEND_ICMP || p->kind == SEND_ICMP6) {
		fill(p, WORD_TYPE, &p->type, p->kind == SEND_ICMP ? 8 : 128);
		fill(p, WORD_CODE, &p->code, 0);
		if (echoes(p) || asks_for_time(p)) {
			fill(p, WORD_ID, &p->id, 1 + random(arg) % 65535);
			fill(p, WORD_SEQ, &p->seq, 1);
		}
	}
	if (p->kind == SEND_SCTP)
		fill(p, WORD_VTAG, &p->vtag, 0); /* of an INIT */
}

void send_fill(struct send_packet *p, uint32_t (*random)(void *arg), void *arg)
{
	uint32_t unused;

	fill_transport(p, random, arg);
	fill(p, WORD_TTL, &p->ttl, p->kind == SEND_NDP ? 255 : 64);
	fill(p, WORD_TOS, &p->tos, 0);
	fill(p, WORD_IPID, &p->ipid, 1 + random(arg) % 65535);
	fill(p, WORD_FLOW, &p->flow, 1 + random(arg) % 0xfffff);
	if (!send_has(p, WORD_NODF) && !send_has(p, WORD_FRAGMENT) && !send_has(p, WORD_MORE))
		fill(p, WORD_DF, &unused, 0);
	if (!send_has(p, WORD_PAYLOAD))
		fill(p, WORD_LEN, &p->len, usual_len(p));
}

/* --- printing --- */

static void put_end(struct text *t, const struct send_packet *p, const uint8_t *addr, uint16_t port,
		    bool has_port)
{
	char buf[64];
	bool brackets = has_port && p->family == 6;

	text_printf(t, " %s%s%s", brackets ? "[" : "",
		    packet_addr(p->family, addr, buf, sizeof(buf)), brackets ? "]" : "");
	if (has_port)
		text_printf(t, ":%u", port);
}

static void put_flags(struct text *t, const struct send_packet *p)
{
	for (int i = 0; i < 8; i++)
		if (p->flags >> i & 1)
			text_put(t, &send_flag_letters[i], 1);
	if (!p->flags)
		text_printf(t, "none");
}

/* As text where it is plain, else in digits. */
static void put_payload(struct text *t, const struct send_packet *p)
{
	bool plain = true;

	if (p->file[0]) {
		text_printf(t, "@%s", p->file);
		return;
	}
	for (size_t i = 0; i < p->n_payload; i++)
		plain &= p->payload[i] >= ' ' && p->payload[i] < 0x7f;
	text_printf(t, plain ? "\"" : "0x");
	for (size_t i = 0; i < p->n_payload; i++) {
		if (!plain)
			text_printf(t, "%02x", p->payload[i]);
		else
			text_printf(t, "%s%c", strchr("\\\"", p->payload[i]) ? "\\" : "",
				    p->payload[i]);
	}
	if (plain)
		text_put(t, "\"", 1);
}

static void put_value(struct text *t, const struct send_packet *p, const struct word_row *w)
{
	const void *field = (const char *)p + w->offset;
	const uint8_t *m = field;

	if (w->value == VALUE_NONE)
		return;
	text_put(t, " ", 1);
	if (w->value == VALUE_FLAGS)
		put_flags(t, p);
	else if (w->value == VALUE_MAC)
		text_printf(t, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	else if (w->value == VALUE_BYTES)
		put_payload(t, p);
	else
		text_printf(t, "%u", *(const uint32_t *)field);
}

void send_print(struct text *t, const struct send_packet *p)
{
	text_printf(t, "%s", send_kind_name(p->kind));
	if (p->kind == SEND_PROTO)
		text_printf(t, " %u", p->proto);
	put_end(t, p, p->src, p->sport, send_has_ports(p) && p->has_sport);
	text_printf(t, " >");
	put_end(t, p, p->dst, p->dport, send_has_ports(p));
	for (int w = 0; w < SEND_WORD_MAX; w++) {
		if (!send_has(p, w))
			continue;
		text_printf(t, " %s", send_words[w].name);
		put_value(t, p, &send_words[w]);
	}
}
