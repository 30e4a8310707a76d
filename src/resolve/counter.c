/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of the kernel's counters counts the same as a site does, and whether they agree. */
#include "resolve/counter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolve/counter_read.h"

#define NAMESPACES_MAX 64

struct space {
	uint32_t inum;
	char name[64]; /* "" if it has none */
	int fd;
	struct counter_list before, after;
};

struct counters {
	struct space spaces[NAMESPACES_MAX];
	size_t n;
	bool chosen; /* other namespaces than these aren't looked at */
};

/* One for all namespaces together. */
#define SOFTNET "softnet dropped"

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

/* How a driver's counter ends that has the frames of this end; NULL: there is none for it alone. */
static const char *xdp_counter(const char *reason)
{
	if (!strcmp(reason, "XDP_REDIRECT"))
		return NULL;
	return !strcmp(reason, "XDP_TX") ? "_xdp_tx_errors" : "_xdp_drops";
}

/* The counter's name, or its beginning and end. false: the kernel has none for this. */
static bool counter_of(const struct tally_site *s, char *prefix, size_t size, const char **suffix)
{
	const struct decider *d = s->decider;
	const char *name = snmp_counter(s), *mode = text_of(d, "mode");

	*suffix = "";
	if (d && d->n_candidates)
		return false;
	if (s->layer == WB_LAYER_XDP) {
		if (!strcmp(mode, "generic") || !xdp_counter(s->reason))
			return false;
		snprintf(prefix, size, "ethtool %s rx", s->at.dev);
		*suffix = xdp_counter(s->reason);
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
		snprintf(prefix, size, SOFTNET);
	} else if (name && s->layer != WB_LAYER_NETFILTER) {
		snprintf(prefix, size, "%s", name);
	} else {
		return false;
	}
	return true;
}

/* The least and the most that this counter can have counted: several sites may share it. */
static void counted(const struct tally *t, const struct tally_site *of, const char *name,
		    uint64_t *least, uint64_t *most)
{
	char prefix[96];
	const char *suffix;

	*least = *most = 0;
	for (size_t i = 0; i < t->n_sites; i++) {
		const struct tally_site *s = &t->sites[i];

		if ((s->at.netns_inum != of->at.netns_inum && strcmp(name, SOFTNET)) ||
		    !counter_of(s, prefix, sizeof(prefix), &suffix) || strcmp(prefix, name))
			continue;
		*least += s->late;
		*most += s->packets + s->early;
	}
}

/* The device is the place's own: "ethtool rx_queue_0_xdp_drops". */
static void name_counter(char *name, size_t size, const char *counter)
{
	if (!strncmp(counter, "ethtool ", 8) && strchr(counter + 8, ' '))
		snprintf(name, size, "ethtool%.80s", strchr(counter + 8, ' '));
	else if (!strncmp(counter, "link ", 5) && strchr(counter + 5, ' '))
		snprintf(name, size, "ip link%.80s", strchr(counter + 5, ' '));
	else
		snprintf(name, size, "%s", counter);
}

static void check(const struct tally *t, struct tally_site *s, const struct space *space,
		  bool exact)
{
	const char *suffix, *name;
	uint64_t least, most;
	char prefix[96];
	size_t n;

	if (!counter_of(s, prefix, sizeof(prefix), &suffix))
		return;
	s->check.delta = counter_list_sum(&space->after, &space->before, prefix, suffix, &n, &name);
	if (!n)
		return;
	counted(t, s, prefix, &least, &most);
	exact = exact && strcmp(prefix, SOFTNET);
	s->check.has = true;
	s->check.agrees = s->check.delta >= least && (!exact || s->check.delta <= most);
	name_counter(s->check.counter, sizeof(s->check.counter), name);
}

void counters_look(struct counters *c, const struct tally *t)
{
	for (size_t i = 0; i < c->n; i++) {
		bool wanted = !t;

		for (size_t k = 0; t && k < t->n_sites; k++)
			wanted |= t->sites[k].at.netns_inum == c->spaces[i].inum;
		if (!wanted)
			continue;
		counter_list_free(&c->spaces[i].after);
		counter_list_read(&c->spaces[i].after, c->spaces[i].fd);
	}
}

void counters_check(struct counters *c, struct tally *t, bool exact)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < t->n_sites; k++)
			if (t->sites[k].at.netns_inum == c->spaces[i].inum)
				check(t, &t->sites[k], &c->spaces[i], exact);
}

/* Counters of drops that can leave no event behind: "TOOL DEVICE ...SUFFIX". */
static const struct unseen_row {
	const char *tool, *suffix;
} unseen[] = {
	{"ethtool ", "_xdp_drops"},	{"ethtool ", "_xdp_tx_errors"},
	{"link ", " rx missed_errors"}, {"link ", " rx fifo_errors"},
	{"link ", " rx over_errors"},
};

static bool is_unseen(const struct unseen_row *row, const char *name, char *dev, size_t size)
{
	size_t n = strlen(name), tool = strlen(row->tool), suffix = strlen(row->suffix);

	if (strncmp(name, row->tool, tool) || n < tool + suffix ||
	    strcmp(name + n - suffix, row->suffix))
		return false;
	snprintf(dev, size, "%.*s", (int)strcspn(name + tool, " "), name + tool);
	return true;
}

/* What sites have of the frames in this device's counters of XDP. */
static uint64_t explained(const struct tally *t, const struct tally_unseen *u, const char *suffix)
{
	uint64_t n = 0;

	for (size_t i = 0; i < t->n_sites; i++) {
		const struct tally_site *s = &t->sites[i];
		const char *counter = s->layer == WB_LAYER_XDP ? xdp_counter(s->reason) : NULL;

		if (counter && !strcmp(counter, suffix) && s->at.netns_inum == u->at.netns_inum &&
		    !strcmp(s->at.dev, u->at.dev) && strcmp(text_of(s->decider, "mode"), "generic"))
			n += s->packets + s->early;
	}
	return n;
}

/* The counters of this row that the device of counter i has, if i is the first of them. */
static int unseen_at(const struct space *s, size_t i, const struct unseen_row *row, struct tally *t)
{
	const struct counter *all = s->after.counters;
	struct tally_unseen u = {.at.netns_inum = s->inum};
	char prefix[32], dev[16];
	uint64_t delta, known;
	const char *name;
	size_t n;

	if (!is_unseen(row, all[i].name, u.at.dev, sizeof(u.at.dev)))
		return 0;
	for (size_t k = 0; k < i; k++)
		if (is_unseen(row, all[k].name, dev, sizeof(dev)) && !strcmp(dev, u.at.dev))
			return 0;
	snprintf(prefix, sizeof(prefix), "%s%s ", row->tool, u.at.dev);
	delta = counter_list_sum(&s->after, &s->before, prefix,
				 row->suffix + (row->suffix[0] == ' '), &n, &name);
	known = explained(t, &u, row->suffix);
	if (delta <= known)
		return 0;
	u.packets = delta - known;
	snprintf(u.at.netns, sizeof(u.at.netns), "%s", s->name);
	name_counter(u.counter, sizeof(u.counter), name);
	return tally_unseen(t, &u);
}

static int unseen_softnet(const struct space *s, struct tally *t)
{
	struct tally_unseen u = {.counter = SOFTNET};
	uint64_t known = 0;
	const char *name;
	size_t n;

	for (size_t i = 0; i < t->n_sites; i++)
		if (!strcmp(t->sites[i].reason, "CPU_BACKLOG"))
			known += t->sites[i].packets + t->sites[i].early;
	u.packets = counter_list_sum(&s->after, &s->before, SOFTNET, "", &n, &name);
	if (u.packets <= known)
		return 0;
	u.packets -= known;
	return tally_unseen(t, &u);
}

int counters_unseen(struct counters *c, struct tally *t)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->spaces[i].after.n; k++)
			for (size_t r = 0; r < sizeof(unseen) / sizeof(unseen[0]); r++)
				if (unseen_at(&c->spaces[i], k, &unseen[r], t))
					return -ENOMEM;
	return c->n && !c->chosen ? unseen_softnet(&c->spaces[0], t) : 0;
}

static bool is_listed(uint32_t inum, const uint32_t *netns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (netns[i] == inum)
			return true;
	return !n;
}

static void add_space(struct counters *c, const char *path, const char *name, const uint32_t *netns,
		      size_t n)
{
	struct space *s = &c->spaces[c->n];
	struct stat st;

	if (c->n == NAMESPACES_MAX)
		return;
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		return;
	if (fstat(s->fd, &st) || !is_listed(st.st_ino, netns, n)) {
		close(s->fd);
		return;
	}
	s->inum = st.st_ino;
	snprintf(s->name, sizeof(s->name), "%s", name);
	for (size_t i = 0; i < c->n; i++)
		if (c->spaces[i].inum == s->inum) {
			close(s->fd);
			return;
		}
	counter_list_read(&s->before, s->fd);
	c->n++;
}

int counters_new(struct counters **ret, const uint32_t *netns, size_t n)
{
	struct counters *c = calloc(1, sizeof(*c));
	struct dirent *e;
	DIR *d;

	if (!c)
		return -ENOMEM;
	c->chosen = n > 0;
	add_space(c, "/proc/self/ns/net", "", netns, n);
	d = opendir("/run/netns");
	while (d && (e = readdir(d))) {
		char path[300];

		snprintf(path, sizeof(path), "/run/netns/%s", e->d_name);
		if (e->d_name[0] != '.')
			add_space(c, path, e->d_name, netns, n);
	}
	if (d)
		closedir(d);
	*ret = c;
	return 0;
}

void counters_free(struct counters *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		counter_list_free(&c->spaces[i].before);
		counter_list_free(&c->spaces[i].after);
		close(c->spaces[i].fd);
	}
	free(c);
}
