/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Can a rule's condition hold for a packet? Only conditions about addresses, ports, protocol and
 * devices are judged; every other one may hold.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/ruleset.h"

struct subject {
	const struct wb_packet *p;
	const char *in_dev, *out_dev;
};

static int addr_matches(const struct wb_packet *p, bool source, const char *value)
{
	char text[64], *slash;
	uint8_t want[16];
	int bits = p->family == 6 ? 128 : 32;
	const uint8_t *have = source ? p->saddr : p->daddr;

	snprintf(text, sizeof(text), "%s", value);
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

enum what { W_SADDR, W_DADDR, W_SPORT, W_DPORT, W_PROTO, W_ICMP, W_IN, W_OUT };

static int judge(const struct subject *s, enum what what, const char *value)
{
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
	}
	return -1;
}

/* "{ a, b }" or "a,b": one that holds is enough. Moves *i to its last word. */
static int judge_list(const struct subject *s, enum what what, char **words, size_t n, size_t *i)
{
	bool braces = !strcmp(words[*i], "{");
	int result = 0;

	if (braces)
		++*i;
	for (; *i < n && strcmp(words[*i], "}"); ++*i) {
		char *save = NULL;

		for (char *w = strtok_r(words[*i], ",", &save); w; w = strtok_r(NULL, ",", &save)) {
			int m = judge(s, what, w);

			if (m > 0)
				result = 1;
			else if (m < 0 && !result)
				result = -1;
		}
		if (!braces)
			break;
	}
	return result;
}

/* X(first word, second word or NULL, protocol that it implies or NULL, what its value is) */
static const struct key {
	const char *first, *second, *proto;
	enum what what;
} nft_keys[] =
	{
		{"ip", "saddr", NULL, W_SADDR},
		{"ip", "daddr", NULL, W_DADDR},
		{"ip6", "saddr", NULL, W_SADDR},
		{"ip6", "daddr", NULL, W_DADDR},
		{"ip", "protocol", NULL, W_PROTO},
		{"ip6", "nexthdr", NULL, W_PROTO},
		{"meta", "l4proto", NULL, W_PROTO},
		{"tcp", "dport", "tcp", W_DPORT},
		{"tcp", "sport", "tcp", W_SPORT},
		{"udp", "dport", "udp", W_DPORT},
		{"udp", "sport", "udp", W_SPORT},
		{"icmp", "type", "icmp", W_ICMP},
		{"icmpv6", "type", "icmpv6", W_ICMP},
		{"iifname", NULL, NULL, W_IN},
		{"iif", NULL, NULL, W_IN},
		{"oifname", NULL, NULL, W_OUT},
		{"oif", NULL, NULL, W_OUT},
},
  legacy_keys[] = {
	  {"-s", NULL, NULL, W_SADDR},
	  {"-d", NULL, NULL, W_DADDR},
	  {"-p", NULL, NULL, W_PROTO},
	  {"--dport", NULL, NULL, W_DPORT},
	  {"--dports", NULL, NULL, W_DPORT},
	  {"--sports", NULL, NULL, W_SPORT},
	  {"--sport", NULL, NULL, W_SPORT},
	  {"-i", NULL, NULL, W_IN},
	  {"-o", NULL, NULL, W_OUT},
	  {"--icmp-type", NULL, NULL, W_ICMP},
	  {"--icmpv6-type", NULL, NULL, W_ICMP},
};

/* Words that are no condition. */
static bool is_effect(const char *w)
{
	static const char *const effects[] = {
		"counter",
		"packets",
		"bytes",
		"log",
		"prefix",
		"drop",
		"accept",
		"reject",
		"with",
		"return",
		"-A",
		"-j",
		"-m",
		"DROP",
		"ACCEPT",
		"REJECT",
		"tcp",
		"udp",
		"icmp",
		"type",
		"reset",
		"comment",
		"nftrace",
		"set",
		"meta",
		"jump",
		"goto",
		"--reject-with",
		"icmp-port-unreachable",
		"icmp6-port-unreachable",
		"port-unreachable",
		"--comment",
	};

	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		if (!strcmp(w, effects[i]))
			return true;
	return (w[0] >= '0' && w[0] <= '9') || w[0] == '"' || w[0] == '[';
}

/* Text that somebody chose is no condition: from the word that announces it to its last one. */
static size_t skip_text(char **words, size_t n, size_t i)
{
	static const char *const announced[] = {"comment", "--comment", "prefix", "--log-prefix"};
	bool text = false;

	for (size_t k = 0; k < sizeof(announced) / sizeof(announced[0]); k++)
		text |= !strcmp(words[i], announced[k]);
	if (!text || i + 1 >= n || words[i + 1][0] != '"')
		return i;
	for (i++; i < n; i++) {
		size_t len = strlen(words[i]);

		if (words[i][len - 1] == '"' && (len > 1 || words[i - 1][0] == '"'))
			break;
	}
	return i;
}

#define WORDS_MAX 128

int rule_matches(const struct rule *rule, bool legacy, const struct wb_packet *p,
		 const char *in_dev, const char *out_dev)
{
	const struct key *keys = legacy ? legacy_keys : nft_keys;
	size_t n_keys = legacy ? sizeof(legacy_keys) / sizeof(legacy_keys[0])
			       : sizeof(nft_keys) / sizeof(nft_keys[0]);
	struct subject s = {p, in_dev, out_dev};
	char *copy = strdup(rule->text), *words[WORDS_MAX], *save = NULL;
	size_t n = 0;
	int result = 1;

	for (char *w = copy ? strtok_r(copy, " ", &save) : NULL; w && n < WORDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	for (size_t i = 0; i < n && result; i++) {
		const struct key *k = NULL;
		bool not = legacy && i && !strcmp(words[i - 1], "!");
		size_t value, after = skip_text(words, n, i);
		int m;

		if (after != i) {
			i = after;
			continue;
		}
		for (size_t x = 0; x < n_keys && !k; x++)
			if (!strcmp(words[i], keys[x].first) &&
			    (!keys[x].second ||
			     (i + 1 < n && !strcmp(words[i + 1], keys[x].second))))
				k = &keys[x];
		if (!k) {
			/* the chain's name after -A, a jump's target and the like */
			bool name = i &&
				    (!strcmp(words[i - 1], "-A") || !strcmp(words[i - 1], "-j") ||
				     !strcmp(words[i - 1], "-m") || !strcmp(words[i - 1], "jump") ||
				     !strcmp(words[i - 1], "goto"));

			if (!name && !is_effect(words[i]) && result > 0)
				result = -1;
			continue;
		}
		value = i + 1 + (k->second != NULL);
		if (k->proto && !proto_matches(p, k->proto))
			result = 0;
		if (value < n && (!strcmp(words[value], "!=") || !strcmp(words[value], "!"))) {
			not = true;
			value++;
		}
		if (!result || value >= n)
			break;
		m = judge_list(&s, k->what, words, n, &value);
		if (m < 0)
			result = -1;
		else if (!(m ^ not ))
			result = 0;
		i = value;
	}
	free(copy);
	return copy ? result : -1;
}
