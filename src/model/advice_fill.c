/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts in braces that advice may have, each with what a journey has for it. */
#include "model/advice_fill.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "model/catalogue.h"

struct part {
	const struct journey *j;
	char buf[200];
};

/* Where the kernel gives no reason, the function that freed the packet tells. */
static const char *meaning_of(const struct drop *d)
{
	const struct reason_row *r = catalogue_reason(d->reason);
	const struct place_row *place = catalogue_place(d->location);

	if (r && strcmp(r->name, "NOT_SPECIFIED"))
		return r->meaning;
	r = place && place->reason ? catalogue_reason(place->reason) : NULL;
	return r ? r->meaning : "the kernel gives no reason";
}

/* A device in the name of a sysctl: sysctl takes its dots for slashes, and the other way round. */
static const char *in_sysctl(struct part *p, const char *dev)
{
	snprintf(p->buf, sizeof(p->buf), "%s", dev[0] ? dev : "all");
	for (char *dot = strchr(p->buf, '.'); dot; dot = strchr(dot, '.'))
		*dot = '/';
	return p->buf;
}

/* Who listens, in the words of the tool that knows this protocol. */
static const char *listeners(struct part *p, const struct wb_packet *k)
{
	const char *option = k->proto == IPPROTO_UDP ? "u" : k->proto == 132 ? "S" : "t";

	if (k->proto == 136)
		return k->family == 6 ? "cat /proc/net/udplite6" : "cat /proc/net/udplite";
	snprintf(p->buf, sizeof(p->buf), "ss -%slnp sport = :%u", option, k->dport);
	return p->buf;
}

/* What stands before a command to act in a namespace: by its name, or by a process in it. */
static const char *inside(struct part *p, const char *netns)
{
	unsigned pid;

	if (sscanf(netns, "pid %u ", &pid) == 1)
		snprintf(p->buf, sizeof(p->buf), "nsenter -t %u -n ", pid);
	else if (!netns[0] || !strcmp(netns, "host") || strchr(netns, ' '))
		return "";
	else
		snprintf(p->buf, sizeof(p->buf), "ip netns exec %s ", netns);
	return p->buf;
}

static const char *names_of(struct part *p, const char *key)
{
	const struct drop *d = &p->j->drop;
	/* a send that failed has no drop, but a place; so has what was still on its way */
	const struct place *at = p->j->has_drop || !p->j->n_steps
					 ? &d->at
					 : &p->j->steps[p->j->n_steps - 1].at;

	if (!strcmp(key, "dev"))
		return at->dev[0] ? at->dev : "the device";
	if (!strcmp(key, "conf"))
		return in_sysctl(p, at->dev);
	if (!strcmp(key, "station"))
		return station_name(d->station);
	if (!strcmp(key, "meaning"))
		return meaning_of(d);
	if (!strcmp(key, "queue"))
		return journey_queued(p->j) ? "took it and then threw it away" : "is full";
	if (!strcmp(key, "6"))
		return p->j->packet.family == 6 ? "6" : "";
	if (!strcmp(key, "-6"))
		return p->j->packet.family == 6 ? " -6" : "";
	if (!strcmp(key, "ip"))
		return p->j->packet.family == 6 ? "ip6" : "ip";
	if (!strcmp(key, "ipv"))
		return p->j->packet.family == 6 ? "ipv6" : "ipv4";
	if (!strcmp(key, "listeners"))
		return listeners(p, journey_last_packet(p->j));
	if (!strcmp(key, "l"))
		return journey_last_packet(p->j)->proto == IPPROTO_UDP ? "u" : "t";
	return strcmp(key, "ns") ? NULL : inside(p, at->netns);
}

/* What could only be narrowed down is looked at from its first candidate on. */
static const char *of_decider(struct part *p, const char *key)
{
	const struct decider *d = p->j->drop.decider;
	const char *text;

	if (d && d->n_candidates)
		d = d->candidates[0];
	text = d ? decider_text(d, key) : NULL;
	if (text || !d || decider_number(d, key, -1) < 0)
		return text;
	snprintf(p->buf, sizeof(p->buf), "%lld", (long long)decider_number(d, key, -1));
	return p->buf;
}

/* Whoever comes to the same device again and again goes round. */
static const char *loop(struct part *p)
{
	const struct journey *j = p->j;
	unsigned n = 0;

	for (size_t i = 0; i < j->n_steps; i++)
		n += j->steps[i].station == WB_STATION_RX &&
		     j->steps[i].at.ifindex == j->drop.at.ifindex &&
		     j->steps[i].at.netns_inum == j->drop.at.netns_inum;
	if (n < 2)
		return "too many routers, or a loop";
	snprintf(p->buf, sizeof(p->buf), "it went round in a loop and came to %s%s%s %s%u times",
		 j->drop.at.netns, j->drop.at.netns[0] ? " " : "", j->drop.at.dev,
		 j->truncated ? "more than " : "", n);
	return p->buf;
}

static const char *value(struct part *p, const char *key)
{
	const struct journey *j = p->j;
	const struct wb_packet *k = journey_last_packet(j);
	const char *text = names_of(p, key);

	if (text)
		return text;
	if (!strcmp(key, "src") || !strcmp(key, "dst")) {
		const uint8_t *addr = key[0] == 's' ? k->saddr : k->daddr;

		if (j->outcome == OUTCOME_NEVER_SENT && !packet_has_addr(addr))
			return "..."; /* the socket alone was seen */
		return packet_addr(k->family, addr, p->buf, sizeof(p->buf));
	}
	if (!strcmp(key, "ttl")) {
		snprintf(p->buf, sizeof(p->buf), "%u", k->ttl);
		return p->buf;
	}
	if (!strcmp(key, "hop")) {
		const struct step *s = j->n_steps ? &j->steps[j->n_steps - 1] : NULL;

		return s && s->neigh ? packet_addr(s->neigh->family, s->neigh->addr, p->buf,
						   sizeof(p->buf))
				     : "its next hop";
	}
	if (!strcmp(key, "loop"))
		return loop(p);
	if (!strcmp(key, "dport")) {
		snprintf(p->buf, sizeof(p->buf), "%u", k->dport);
		return p->buf;
	}
	if (!strcmp(key, "decider")) {
		decider_words(j->drop.decider, p->buf, sizeof(p->buf));
		return p->buf[0] ? p->buf : "unknown";
	}
	text = of_decider(p, key);
	return text ? text : "...";
}

void advice_fill(const struct journey *j, const char *text, char *out, size_t size)
{
	struct part part = {.j = j};
	size_t at = 0;

	while (*text && at + 1 < size) {
		char key[16];
		size_t n;

		if (*text != '{') {
			out[at++] = *text++;
			continue;
		}
		n = strcspn(text + 1, "}");
		snprintf(key, sizeof(key), "%.*s", (int)n, text + 1);
		at += snprintf(out + at, size - at, "%s", value(&part, key));
		if (at >= size)
			at = size - 1;
		text += n + 2;
	}
	out[at] = 0;
}
