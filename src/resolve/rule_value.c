/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a packet have the value that a rule asks for? Addresses, ports, protocols, devices and the
 * state of the connection are judged.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "resolve/ruleset.h"

/* "10.0.0.1-10.0.0.9" */
static int range_matches(const uint8_t *have, int family, const char *low, const char *high)
{
	int af = family == 6 ? AF_INET6 : AF_INET;
	size_t n = family == 6 ? 16 : 4;
	uint8_t from[16], to[16];

	if (inet_pton(af, low, from) != 1 || inet_pton(af, high, to) != 1)
		return -1;
	return memcmp(have, from, n) >= 0 && memcmp(have, to, n) <= 0;
}

static int addr_matches(const struct wb_packet *p, bool source, const char *value)
{
	char text[96], *slash;
	uint8_t want[16];
	int bits = p->family == 6 ? 128 : 32;
	const uint8_t *have = source ? p->saddr : p->daddr;

	snprintf(text, sizeof(text), "%s", value);
	slash = strchr(text, '-');
	if (slash) {
		*slash = 0;
		return range_matches(have, p->family, text, slash + 1);
	}
	slash = strchr(text, '/');
	if (slash) {
		*slash = 0;
		bits = atoi(slash + 1);
		if (strchr(slash + 1, '.')) { /* a mask: count its bits */
			struct in_addr m;

			bits = inet_pton(AF_INET, slash + 1, &m) == 1 ? __builtin_popcount(m.s_addr)
								      : 32;
		}
	}
	if (inet_pton(p->family == 6 ? AF_INET6 : AF_INET, text, want) != 1)
		return -1;
	for (int i = 0; i < bits; i++) {
		uint8_t bit = 0x80 >> (i & 7);

		if ((want[i / 8] ^ have[i / 8]) & bit)
			return 0;
	}
	return 1;
}

static int port_matches(uint16_t have, const char *value)
{
	char *end;
	long low = strtol(value, &end, 10), high = low;

	if (end == value)
		return -1;
	if (*end == '-' || *end == ':')
		high = strtol(end + 1, &end, 10);
	if (*end)
		return -1;
	return have >= low && have <= high;
}

static int proto_matches(const struct wb_packet *p, const char *value)
{
	char buf[16];
	const char *name = packet_proto_name(p, buf, sizeof(buf));

	if (value[0] >= '0' && value[0] <= '9')
		return atoi(value) == p->proto;
	if (!strcmp(value, "ipv6-icmp"))
		value = "icmpv6";
	return !strcmp(value, name);
}

static int icmp_matches(const struct wb_packet *p, const char *value)
{
	static const struct {
		const char *name;
		uint8_t v4, v6;
	} types[] = {{"echo-request", 8, 128},
		     {"echo-reply", 0, 129},
		     {"destination-unreachable", 3, 1},
		     {"time-exceeded", 11, 3}};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(value, types[i].name))
			return p->icmp_type == (p->family == 6 ? types[i].v6 : types[i].v4);
	return value[0] >= '0' && value[0] <= '9' ? atoi(value) == p->icmp_type : -1;
}

static int dev_matches(const char *have, const char *value)
{
	char name[32];
	size_t n;

	if (!have || !have[0])
		return -1;
	snprintf(name, sizeof(name), "%s", value + (value[0] == '"'));
	n = strlen(name);
	if (n && name[n - 1] == '"')
		name[--n] = 0;
	if (n && (name[n - 1] == '*' || name[n - 1] == '+'))
		return !strncmp(have, name, n - 1);
	return !strcmp(have, name);
}

/* "ip", "ip6", "ipv4": the packet's family, as EtherType or by name. */
static int family_matches(const struct wb_packet *p, const char *value)
{
	if (!strcmp(value, "ip") || !strcmp(value, "ipv4"))
		return p->family == 4;
	if (!strcmp(value, "ip6") || !strcmp(value, "ipv6"))
		return p->family == 6;
	if (!strcmp(value, "arp"))
		return p->ethertype == 0x0806;
	return -1;
}

static int state_matches(const char *have, const char *value)
{
	static const char *const states[] = {"new", "established", "related", "invalid",
					     "untracked"};

	for (size_t i = 0; have && i < sizeof(states) / sizeof(states[0]); i++)
		if (!strcasecmp(value, states[i]))
			return !strcmp(have, states[i]);
	return -1;
}

int rule_value_matches(const struct subject *s, enum rule_what what, const char *value)
{
	static const unsigned char varies[] = {
		[W_SADDR] = VARIES_SOURCE,
		[W_SPORT] = VARIES_SPORT,
		[W_DADDR] = VARIES_TARGET,
		[W_DPORT] = VARIES_TARGET,
		[W_PROTO] = VARIES_PROTO,
		[W_ICMP] = VARIES_PROTO,
		[W_STATE] = 0,
	};

	if (s->varies & varies[what])
		return -1;
	switch (what) {
	case W_SADDR:
		return addr_matches(s->p, true, value);
	case W_DADDR:
		return addr_matches(s->p, false, value);
	case W_SPORT:
		return port_matches(s->p->sport, value);
	case W_DPORT:
		return port_matches(s->p->dport, value);
	case W_PROTO:
		return proto_matches(s->p, value);
	case W_ICMP:
		return icmp_matches(s->p, value);
	case W_IN:
		return dev_matches(s->in_dev, value);
	case W_OUT:
		return dev_matches(s->out_dev, value);
	case W_FAMILY:
		return family_matches(s->p, value);
	case W_STATE:
		return state_matches(s->ct_state, value);
	case W_OPAQUE:
		break;
	}
	return -1;
}
