/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts in braces that advice may have, each with what a journey has for it. */
#include "causes/advice_fill.h"

#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "causes/advice_words.h"
#include "util/foreign.h"

/* A device in the name of a sysctl: sysctl takes its dots for slashes, and the other way round. */
static const char *in_sysctl(struct part *p, const char *dev)
{
	snprintf(p->buf, sizeof(p->buf), "%s", dev[0] ? dev : "all");
	for (char *dot = strchr(p->buf, '.'); dot; dot = strchr(dot, '.'))
		*dot = '/';
	return p->buf;
}

/* What stands before a command to act in a namespace: by a process in it, or by its name. */
static const char *inside(struct part *p, const char *netns, uint32_t inum)
{
	struct text t = {0};
	unsigned pid;

	p->ready = true;
	/* gone, or not to be asked: a command would act in another one */
	if (!netns[0] && inum)
		return part_unknown(p, "");
	if (!netns[0] || !strcmp(netns, "host"))
		return "";
	if (sscanf(netns, "pid %u ", &pid) == 1) {
		snprintf(p->buf, sizeof(p->buf), "nsenter -t %u -n ", pid);
		return p->buf;
	}
	text_printf(&t, "ip netns exec ");
	foreign_put(&t, FOREIGN_SHELL, netns);
	if (t.n + 2 > sizeof(p->buf) || netns[0] == '-')
		part_unknown(p, "");
	snprintf(p->buf, sizeof(p->buf), "%s ", t.s);
	text_free(&t);
	return p->buf;
}

static const char *names_of(struct part *p, const char *key)
{
	const struct drop *d = &p->j->drop;
	/* a send that failed has no drop, but a place; so has what was still on its way */
	const struct place *at =
		p->j->has_drop || !p->j->n_steps ? &d->at : &p->j->steps[p->j->n_steps - 1].at;

	if (!strcmp(key, "dev"))
		return at->dev[0] ? at->dev : part_unknown(p, "the device");
	if (!strcmp(key, "conf"))
		return in_sysctl(p, at->dev);
	if (!strcmp(key, "station"))
		return station_name(d->station);
	if (!strcmp(key, "meaning"))
		return words_meaning(p);
	if (!strcmp(key, "queue") && decider_text(d->decider, "cause"))
		return "dropped it";
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
	if (!strcmp(key, "nobody"))
		return words_nobody(p, journey_last_packet(p->j));
	if (!strcmp(key, "tunnels"))
		return words_tunnels(d->location);
	if (!strcmp(key, "listeners"))
		return words_listeners(p, journey_last_packet(p->j));
	if (!strcmp(key, "sockets"))
		return words_sockets(p, journey_last_packet(p->j));
	return strcmp(key, "ns") ? NULL : inside(p, at->netns, at->netns_inum);
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
			return part_unknown(p, "..."); /* the socket alone was seen */
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
				     : part_unknown(p, "its next hop");
	}
	if (!strcmp(key, "loop"))
		return words_loop(p);
	if ((!strcmp(key, "there") || !strcmp(key, "dropped_in") || !strcmp(key, "bridge_in") ||
	     !strcmp(key, "link_in")) &&
	    decider_text(j->drop.decider, key))
		return inside(p, decider_text(j->drop.decider, key), 0);
	if (!strcmp(key, "asked"))
		return words_asked(p, k);
	if (!strcmp(key, "not_on"))
		return words_not_on(p, k);
	if (!strcmp(key, "own_source"))
		return words_own_source(p, k);
	if (!strcmp(key, "way_back"))
		return words_way_back(p, k);
	if (!strcmp(key, "otherhost"))
		return words_otherhost(p);
	if (!strcmp(key, "up"))
		return words_is_it_up(j->drop.decider);
	if (!strcmp(key, "nosum")) /* that of a tunnel by UDP is often left out, 0 */
		return k->family == 6 ? ", or it has none, which over IPv6 its receiver has to "
					"allow (a tunnel by udp6zerocsumrx)"
				      : "";
	if (!strcmp(key, "ipsec"))
		return words_ipsec(j->drop.decider);
	if (!strcmp(key, "dport")) {
		snprintf(p->buf, sizeof(p->buf), "%u", k->dport);
		return p->buf;
	}
	if (!strcmp(key, "decider")) {
		decider_words(j->drop.decider, p->buf, sizeof(p->buf));
		return p->buf[0] ? p->buf : "unknown";
	}
	text = of_decider(p, key);
	return text ? text : part_unknown(p, "...");
}

/* A word of nft's language, which has no form for any other. */
static bool is_identifier(const char *v)
{
	static const char letters[] = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strspn(v, letters);

	for (const char *more = "0123456789-."; n && v[n]; n++)
		if (!strchr(letters, v[n]) && !strchr(more, v[n]))
			return false;
	return n;
}

/*
 * A shell's quotes don't reach the program behind it: nft parses its arguments, sysctl writes where
 * it finds a '=', and a word that begins with '-' is an option.
 */
static bool is_harmless(const char *key, const char *v)
{
	if (!strcmp(key, "conf") || !strcmp(key, "name"))
		return !strchr(v, '=');
	if (!strcmp(key, "chain"))
		return is_identifier(v);
	if (!strcmp(key, "table")) /* of rules, or of routes by number */
		return is_identifier(v) || !v[strspn(v, "0123456789")];
	return v[0] != '-';
}

/* Where no command is left, the next best that needs no name. */
static const char *otherwise(const struct journey *j)
{
	return j->has_drop && j->drop.layer == WB_LAYER_NETFILTER ? "{ns}nft -a list ruleset"
								  : "{ns}nstat -az";
}

/* The parts of text up to end, which is NULL for all. */
static void fill(struct part *p, const char *text, const char *end, struct text *out)
{
	while (*text && text != end) {
		char key[16];
		const char *v;
		size_t n;

		if (*text != '{') {
			text_put(out, text++, 1);
			continue;
		}
		n = strcspn(text + 1, "}");
		snprintf(key, sizeof(key), "%.*s", (int)n, text + 1);
		p->ready = false;
		v = value(p, key);
		if (!strcmp(key, "6") || !strcmp(key, "-6") || !strcmp(key, "tunnels"))
			p->ready = true;
		if (p->command && !p->ready) {
			p->missing |= !is_harmless(key, v);
			foreign_put(out, FOREIGN_SHELL, v);
		} else {
			text_put(out, v, strlen(v));
		}
		text += n + 2;
	}
}

void advice_fill(const struct journey *j, const char *text, char *out, size_t size)
{
	struct part part = {.j = j};
	struct text t = {0};

	fill(&part, text, NULL, &t);
	snprintf(out, size, "%s", t.s ? t.s : "");
	text_free(&t);
}

static void append_commands(const struct journey *j, const char *text, char *out, size_t size)
{
	size_t have = strlen(out);
	struct text t = {0};

	for (const char *end; *text; text = end + 2) {
		struct part part = {.j = j, .command = true};

		end = strstr(text, "; ");
		text_reset(&t);
		fill(&part, text, end, &t);
		if (!part.missing && !t.failed && t.n && have + t.n + 3 <= size)
			have += snprintf(out + have, size - have, "%s%s", have ? "; " : "", t.s);
		if (!end)
			break;
	}
	text_free(&t);
}

void advice_fill_command(const struct journey *j, const char *text, char *out, size_t size)
{
	append_commands(j, text, out, size);
	if (!out[0] && *text)
		append_commands(j, otherwise(j), out, size);
}

void advice_add(struct journey *j, const char *words, const char *what)
{
	text_append(j->why, sizeof(j->why), "%s%s", words, what);
}
