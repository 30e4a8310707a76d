/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet out of its words. Every error has its place in the text. The table of words is in
 * words.c, their values are read in parse_value.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "send/reader.h"
#include "util/near.h"

/* --- who and to whom --- */

static int parse_port(struct reader *r, const char *port, uint16_t *ret)
{
	uint32_t v;

	if (!reader_number(port, 65535, &v))
		return reader_wrong(r, "a port is a number from 0 to 65535");
	*ret = v;
	return 0;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS], [ADDRESS]:PORT. *ret_port: "" there is none. */
static int split(struct reader *r, char *address, size_t size, const char **ret_port)
{
	char *end, *colon;

	*ret_port = "";
	if (!*reader_copy(r, address, size))
		return reader_wrong(r, "this is no address");
	if (address[0] == '[') {
		end = strchr(address, ']');
		if (!end || (end[1] && end[1] != ':'))
			return reader_wrong(
				r, "an IPv6 address with a port is written [2001:db8::1]:80");
		*end = 0;
		*ret_port = end[1] ? end + 2 : "";
		if (end[1] && !end[2])
			return reader_wrong(r, "no port stands behind the colon");
		memmove(address, address + 1, end - address);
		return 0;
	}
	colon = strchr(address, ':');
	if (colon && !strchr(colon + 1, ':')) {
		*colon = 0;
		*ret_port = colon + 1;
		if (!colon[1])
			return reader_wrong(r, "no port stands behind the colon");
	}
	return 0;
}

static int parse_end(struct reader *r, struct send_packet *p, uint8_t *addr, uint16_t *port,
		     bool *has_port)
{
	char address[72];
	const char *digits;
	uint8_t family = 0;
	int e = split(r, address, sizeof(address), &digits);

	if (e)
		return e;
	if (inet_pton(AF_INET, address, addr) == 1)
		family = 4;
	else if (inet_pton(AF_INET6, address, addr) == 1)
		family = 6;
	else
		return reader_wrong(r, "this is no IPv4 or IPv6 address (names are not looked up)");
	if (p->family && p->family != family)
		return reader_wrong(r, "this has to be an IPv%d address", p->family);
	p->family = family;
	*has_port = *digits;
	if (!*digits)
		return 0;
	if (!send_has_ports(p))
		return reader_wrong(r, "%s has no ports", send_kind_name(p->kind));
	return parse_port(r, digits, port);
}

static int parse_ends(struct reader *r, struct send_packet *p)
{
	bool has_dport = false;
	int e;

	if (!reader_next(r))
		return reader_wrong(r, "here the source's address is missing");
	e = parse_end(r, p, p->src, &p->sport, &p->has_sport);
	if (e)
		return e;
	if (!reader_next(r) || !reader_is(r, ">"))
		return reader_wrong(r, "here '>' is missing, between source and destination");
	if (!reader_next(r) || reader_is(r, ">"))
		return reader_wrong(r, "here the destination's address is missing");
	e = parse_end(r, p, p->dst, &p->dport, &has_dport);
	if (!e && send_has_ports(p) && !has_dport)
		return reader_wrong(r, "the destination's port is missing (%s)",
				    p->family == 4 ? "10.0.0.1:80" : "[2001:db8::1]:80");
	return e;
}

static int parse_kind(struct reader *r, struct send_packet *p)
{
	char word[16];
	uint32_t proto;

	if (!reader_next(r))
		return reader_wrong(r, "an empty packet; for example: tcp 10.0.0.1 > 10.0.0.2:80");
	for (p->kind = 0; p->kind < SEND_KIND_MAX; p->kind++)
		if (reader_is(r, send_kind_name(p->kind)))
			break;
	if (p->kind == SEND_KIND_MAX)
		return reader_wrong(
			r, "no such protocol; tcp, udp, sctp, icmp, icmp6, gre, arp, ndp, or "
			   "proto and a number");
	p->proto = send_kind_proto(p->kind);
	if (p->kind == SEND_ICMP || p->kind == SEND_ARP)
		p->family = 4;
	if (p->kind == SEND_ICMP6 || p->kind == SEND_NDP)
		p->family = 6;
	if (p->kind != SEND_PROTO)
		return 0;
	if (!reader_next(r) || !reader_number(reader_copy(r, word, sizeof(word)), 255, &proto))
		return reader_wrong(r, "behind proto stands a number up to 255");
	p->proto = proto;
	return 0;
}

/* --- the words behind --- */

static int unknown_word(struct reader *r)
{
	const char *near = NULL;
	char word[16];
	size_t best = 3;

	reader_copy(r, word, sizeof(word));
	for (int w = 0; w < SEND_WORD_MAX; w++) {
		size_t d = near_distance(word, send_words[w].name);

		if (d < best) {
			best = d;
			near = send_words[w].name;
		}
	}
	return reader_wrong(r, "no such word%s%s%s", near ? "; did you mean " : "",
			    near ? near : "", near ? "?" : "");
}

static int parse_word(struct reader *r, struct send_packet *p)
{
	enum send_word w = 0;
	int e;

	while (w < SEND_WORD_MAX && !reader_is(r, send_words[w].name))
		w++;
	if (w == SEND_WORD_MAX)
		return unknown_word(r);
	if (!send_word_fits(w, p->kind, p->family))
		return reader_wrong(
			r, "%s%s has no %s", send_kind_name(p->kind),
			send_words[w].family ? p->family == 4 ? " over IPv4" : " over IPv6" : "",
			send_words[w].name);
	if (send_has(p, w))
		return reader_wrong(r, "said twice");
	e = reader_value(r, p, &send_words[w]);
	if (e)
		return e;
	send_set(p, w);
	if (w == WORD_FRAGMENT && p->fragment % 8)
		return reader_wrong(r, "a fragment begins at a multiple of 8");
	if (send_has(p, WORD_DF) && send_has(p, WORD_NODF))
		return reader_wrong(r, "either df or nodf");
	if (send_has(p, WORD_LEN) && send_has(p, WORD_PAYLOAD))
		return reader_wrong(r, "either len or payload");
	if (w == WORD_SEQ && (p->kind == SEND_ICMP || p->kind == SEND_ICMP6) && p->seq > 65535)
		return reader_wrong(r, "seq of an echo is a number up to 65535");
	return 0;
}

int send_parse(const char *text, struct send_packet *p, struct send_error *err)
{
	struct reader r = {.text = text, .at = text, .err = err}, badsum = r;
	int e;

	*p = (struct send_packet){0};
	*err = (struct send_error){0};
	e = parse_kind(&r, p);
	if (!e)
		e = parse_ends(&r, p);
	while (!e && reader_next(&r)) {
		if (reader_is(&r, send_words[WORD_BADSUM].name))
			badsum = r;
		e = parse_word(&r, p);
	}
	if (!e && send_has(p, WORD_BADSUM) && p->family == 6 &&
	    (p->kind == SEND_GRE || p->kind == SEND_PROTO || !send_has_transport(p)))
		return reader_wrong(&badsum, "badsum: there is no checksum in such a packet");
	return e;
}
