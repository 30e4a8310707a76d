/* SPDX-License-Identifier: GPL-2.0-only */
/* See rewrite.h. */
#include "send/rewrite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "util/wire.h"

/* --- words --- */

static int parse_port(const char *word, uint16_t *ret)
{
	char *end;
	unsigned long v = strtoul(word, &end, 10);

	*ret = v;
	return *end || end == word || !v || v > 65535 || word[0] < '0' || word[0] > '9' ? -EINVAL
											: 0;
}

static int parse_end(char *word, uint8_t *ret_family, struct rewrite_end *ret)
{
	char *port = strrchr(word, ':');

	*ret = (struct rewrite_end){0};
	*ret_family = strchr(word, '.') ? 4 : 6;
	if (*word == '[') {
		char *close = strchr(word, ']');

		if (!close || (close[1] && close[1] != ':'))
			return -EINVAL;
		port = close[1] ? close + 1 : NULL;
		*close = 0;
		word++;
	} else if (*ret_family == 6) {
		port = NULL; /* all its colons are the address's */
	}
	if (port) {
		*port = 0;
		ret->has_port = true;
		if (parse_port(port + 1, &ret->port))
			return -EINVAL;
	}
	return inet_pton(*ret_family == 4 ? AF_INET : AF_INET6, word, ret->addr) == 1 ? 0 : -EINVAL;
}

int rewrite_parse(const char *words, struct rewrite *ret)
{
	char copy[160], *equals;
	uint8_t family;

	if (strlen(words) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, words);
	equals = strchr(copy, '=');
	if (!equals)
		return -EINVAL;
	*equals = 0;
	if (parse_end(copy, &ret->family, &ret->from) || parse_end(equals + 1, &family, &ret->to))
		return -EINVAL;
	return family == ret->family && (!ret->from.has_port || ret->to.has_port) ? 0 : -EINVAL;
}

/* --- bytes --- */

/* RFC 1624: the sum as it is when these bytes, at an even place, have become those. */
static void mend(uint8_t *sum, const uint8_t *was, const uint8_t *is, size_t n)
{
	uint32_t s = (uint16_t)~get_be16(sum);

	for (size_t i = 0; i < n; i += 2) {
		s += (uint16_t)~get_be16(was + i);
		s += get_be16(is + i);
	}
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	put_be16(sum, ~s);
}

/* Where its transport has the checksum that the addresses are part of. NULL: nowhere. */
static uint8_t *transport_sum(uint8_t *l4, size_t n, const struct send_key *k)
{
	size_t at = k->proto == IPPROTO_TCP	 ? 16
		    : k->proto == IPPROTO_UDP	 ? 6
		    : k->proto == IPPROTO_ICMPV6 ? 2
						 : n;

	if (k->later_fragment || at + 2 > n)
		return NULL;
	/* of UDP in IPv4, 0 says that there is none */
	return k->family == 4 && k->proto == IPPROTO_UDP && !l4[at] && !l4[at + 1] ? NULL : l4 + at;
}

static bool fits(const struct rewrite *r, const struct send_key *k, const uint8_t *addr,
		 const uint8_t *port)
{
	return r->family == k->family && !memcmp(r->from.addr, addr, k->family == 4 ? 4 : 16) &&
	       (!r->from.has_port || (port && get_be16(port) == r->from.port));
}

static void rewrite_end(const struct rewrite *r, const struct send_key *k, uint8_t *ip,
			uint8_t *addr, uint8_t *port, uint8_t *sum)
{
	size_t len = k->family == 4 ? 4 : 16;
	const uint8_t to[2] = {r->to.port >> 8, r->to.port};
	bool is_summed = !k->is_routed || addr < ip + 24; /* else the last one on its way is */

	if (k->family == 4)
		mend(ip + 10, addr, r->to.addr, len);
	if (sum && is_summed)
		mend(sum, addr, r->to.addr, len);
	memcpy(addr, r->to.addr, len);
	if (!port || !r->to.has_port)
		return;
	if (sum)
		mend(sum, port, to, 2);
	memcpy(port, to, 2);
}

void rewrite_frame(const struct rewrite *rules, size_t n_rules, uint8_t *frame, size_t n,
		   const struct send_key *k)
{
	uint8_t *ip = frame + k->l3, *l4 = frame + k->l4, *sum;
	bool ports = k->has_ports && (k->proto == IPPROTO_TCP || k->proto == IPPROTO_UDP);

	if (!k->family)
		return;
	sum = transport_sum(l4, n - k->l4, k);
	for (int end = 0; end < 2; end++) {
		uint8_t *addr = ip + (k->family == 4 ? 12 + end * 4 : 8 + end * 16);
		uint8_t *port = ports ? l4 + end * 2 : NULL;

		for (size_t i = 0; i < n_rules; i++)
			if (fits(&rules[i], k, addr, port)) {
				rewrite_end(&rules[i], k, ip, addr, port, sum);
				break;
			}
	}
}
