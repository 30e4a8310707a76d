/* SPDX-License-Identifier: GPL-2.0-only */
/* Sites and the names of counters. What their values are, and what they mean, is in counter.c. */
#include "causes/counter_name.h"

#include <stdio.h>
#include <string.h>

/* Counters that hold for the whole namespace. First match wins. */
static const struct snmp_row {
	const char *reason;
	uint8_t proto; /* 0: any */
	enum wb_station station;
	const char *v4, *v6; /* NULL: there is none */
} snmp[] = {
	{"NO_SOCKET", 17, 0, "Udp NoPorts", "snmp6 Udp6NoPorts"},
	{"SOCKET_RCVBUFF", 17, 0, "Udp RcvbufErrors", "snmp6 Udp6RcvbufErrors"},
	{"PROTO_MEM", 17, 0, "Udp MemErrors", "snmp6 Udp6MemErrors"},
	{"UDP_CSUM", 17, 0, "Udp InCsumErrors", "snmp6 Udp6InCsumErrors"},
	{"TCP_CSUM", 6, 0, "Tcp InCsumErrors", "Tcp InCsumErrors"},
	{"SOCKET_BACKLOG", 6, 0, "TcpExt TCPBacklogDrop", "TcpExt TCPBacklogDrop"},
	{"TCP_LISTEN_OVERFLOW", 6, 0, "TcpExt ListenOverflows", "TcpExt ListenOverflows"},
	{"IP_CSUM", 0, 0, "IpExt InCsumErrors", NULL},
	{"IP_RPFILTER", 0, 0, "TcpExt IPReversePathFilter", NULL},
	{"IP_INADDRERRORS", 0, 0, "Ip InAddrErrors", "snmp6 Ip6InAddrErrors"},
	{"IP_INNOROUTES", 0, 0, "IpExt InNoRoutes", "snmp6 Ip6InNoRoutes"},
	{"IP_OUTNOROUTES", 0, 0, "Ip OutNoRoutes", "snmp6 Ip6OutNoRoutes"},
	{"IP_INHDR", 0, 0, "Ip InHdrErrors", "snmp6 Ip6InHdrErrors"},
	{"IP_NOPROTO", 0, 0, "Ip InUnknownProtos", "snmp6 Ip6InUnknownProtos"},
	{"PKT_TOO_SMALL", 0, WB_STATION_IP, "IpExt InTruncatedPkts", "snmp6 Ip6InTruncatedPkts"},
	{"PKT_TOO_BIG", 0, 0, "Ip FragFails", "snmp6 Ip6InTooBigErrors"},
	{"FRAG_REASM_TIMEOUT", 0, 0, "Ip ReasmTimeout", "snmp6 Ip6ReasmTimeout"},
	{"DUP_FRAG", 0, 0, "Ip ReasmFails", "snmp6 Ip6ReasmFails"},
	{"ICMP_CSUM", 0, 0, "Icmp InCsumErrors", "snmp6 Icmp6InCsumErrors"},
};

static const char *snmp_counter(const struct tally_site *s)
{
	for (size_t i = 0; i < sizeof(snmp) / sizeof(snmp[0]); i++)
		if (!strcmp(snmp[i].reason, s->reason) &&
		    (!snmp[i].proto || snmp[i].proto == s->proto) &&
		    (!snmp[i].station || snmp[i].station == s->station))
			return s->family == 6 ? snmp[i].v6 : snmp[i].v4;
	return NULL;
}

static const char *text_of(const struct decider *d, const char *key)
{
	const char *t = d ? decider_text(d, key) : NULL;

	return t ? t : "";
}

const char *counter_name_xdp(const char *reason)
{
	if (!strcmp(reason, "XDP_REDIRECT"))
		return NULL;
	return !strcmp(reason, "XDP_TX") ? "_xdp_tx_errors" : "_xdp_drops";
}

bool counter_name(const struct tally_site *s, char *prefix, size_t size, const char **suffix)
{
	const struct decider *d = s->decider;
	const char *name = snmp_counter(s), *mode = text_of(d, "mode");

	*suffix = "";
	if (d && d->n_candidates)
		return false;
	if (s->layer == WB_LAYER_XDP) {
		if (!strcmp(mode, "generic") || !counter_name_xdp(s->reason))
			return false;
		snprintf(prefix, size, "ethtool %s rx", s->at.dev);
		*suffix = counter_name_xdp(s->reason);
	} else if (s->layer == WB_LAYER_TC_IN || s->layer == WB_LAYER_TC_OUT) {
		snprintf(prefix, size, "tc %s clsact ", s->at.dev);
	} else if (s->layer == WB_LAYER_QDISC) {
		snprintf(prefix, size, "tc %s %s ", s->at.dev, text_of(d, "qdisc"));
	} else if (d && d->kind == DECIDER_NFT_RULE) {
		snprintf(prefix, size, "nft %s %s handle %lld", text_of(d, "family"),
			 text_of(d, "table"), (long long)decider_number(d, "handle", 0));
	} else if (d && d->kind == DECIDER_IPTABLES_RULE) {
		snprintf(prefix, size, "%s %s %s rule %lld", s->family == 6 ? "ip6" : "ip",
			 text_of(d, "table"), text_of(d, "chain"),
			 (long long)decider_number(d, "rule_number", 0));
	} else if (d && d->kind == DECIDER_IPTABLES_POLICY) {
		snprintf(prefix, size, "%s %s %s policy", s->family == 6 ? "ip6" : "ip",
			 text_of(d, "table"), text_of(d, "chain"));
	} else if (d && d->kind == DECIDER_CONNTRACK) {
		snprintf(prefix, size, "conntrack drop");
	} else if (!strcmp(s->reason, "CPU_BACKLOG")) {
		snprintf(prefix, size, COUNTER_SOFTNET);
	} else if (name && s->layer != WB_LAYER_NETFILTER) {
		snprintf(prefix, size, "%s", name);
	} else {
		return false;
	}
	return true;
}

void counter_name_shown(char *name, size_t size, const char *counter)
{
	const char *dev = strchr(counter, ' '), *rest = dev ? strchr(dev + 1, ' ') : NULL;

	if (rest && !strncmp(counter, "ethtool ", 8))
		snprintf(name, size, "ethtool%.80s", rest);
	else if (rest && !strncmp(counter, "link ", 5))
		snprintf(name, size, "ip link%.80s", rest);
	else
		snprintf(name, size, "%s", counter);
}
