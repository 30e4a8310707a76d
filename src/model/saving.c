/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule is judged by its words: one that is not known to be simple makes it not simple. */
#include "model/saving.h"

#include <ctype.h>
#include <string.h>

/* Words of nft and of iptables rules; what begins with a digit or a quote is a value. */
static const char *const simple[] = {
	/* nft */
	"ip", "ip6", "saddr", "daddr", "udp", "tcp", "sctp", "th", "sport", "dport", "protocol",
	"nexthdr", "meta", "l4proto", "nfproto", "ipv4", "ipv6", "iif", "iifname", "icmp", "icmpv6",
	"type", "code", "ether", "arp", "vlan", "id", "flags", "syn", "ack", "rst", "fin", "length",
	"echo-request", "echo-reply", "counter", "packets", "bytes", "drop", "comment", "#",
	"handle",
	/* iptables */
	"-A", "-s", "-d", "-p", "-i", "-m", "-j", "!", "--sport", "--dport", "--sports", "--dports",
	"--icmp-type", "multiport", "comment", "--comment", "DROP", "PREROUTING", "INPUT",
	"FORWARD",
};

static bool is_value(const char *word, size_t n)
{
	if (isdigit((unsigned char)word[0]) || memchr(word, ':', n) || memchr(word, '.', n))
		return true;
	return strchr("{}@!=<>&|,", word[0]) != NULL;
}

static bool is_simple(const char *word, size_t n)
{
	while (n && (word[n - 1] == ',' || word[n - 1] == ';'))
		n--;
	if (!n || is_value(word, n))
		return true;
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (strlen(simple[i]) == n && !memcmp(simple[i], word, n))
			return true;
	return false;
}

bool saving_rule_is_simple(const char *rule)
{
	while (*rule) {
		size_t n = strcspn(rule, " \t\n");

		if (*rule == '"') { /* a name of a device or a comment */
			const char *end = strchr(rule + 1, '"');

			if (!end)
				return false;
			rule = end + 1;
			continue;
		}
		if (n && !is_simple(rule, n))
			return false;
		rule += n;
		rule += strspn(rule, " \t\n");
	}
	return true;
}

int64_t saving_permille(const struct tally_site *s, uint64_t ns)
{
	const struct decider *d = s->decider;
	const char *rule = d ? decider_text(d, "rule") : NULL;
	bool received = s->station == WB_STATION_NF_PREROUTING ||
			s->station == WB_STATION_NF_INPUT ||
			s->station == WB_STATION_NF_FORWARD ||
			s->station == WB_STATION_NF_NETDEV_INGRESS ||
			s->station == WB_STATION_NF_BRIDGE_PREROUTING ||
			s->station == WB_STATION_NF_BRIDGE_INPUT ||
			s->station == WB_STATION_NF_BRIDGE_FORWARD;

	if (!received || !ns || !s->here_ns || !s->timed || !rule || s->mixed || d->n_candidates ||
	    (d->kind != DECIDER_NFT_RULE && d->kind != DECIDER_IPTABLES_RULE) ||
	    !saving_rule_is_simple(rule))
		return -1;
	return (double)s->here_ns / s->timed * s->packets * 1000 / ns;
}
