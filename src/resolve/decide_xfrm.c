/* SPDX-License-Identifier: GPL-2.0-only */
/* IPsec policies: the first one whose selector has the packet, as "ip xfrm policy" lists them. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/catalogue.h"
#include "resolve/child.h"
#include "resolve/decide.h"

struct policy {
	char src[64], dst[64], proto[16], dir[8], action[8], tmpl[16];
	unsigned sport, dport; /* 0: any */
	long priority;
};

/* Is the address in "10.1.0.0/16"? An address that is not known is everywhere. */
static bool holds(const char *prefix, uint8_t family, const uint8_t *addr)
{
	static const uint8_t unknown[16];
	int bits = family == 6 ? 128 : 32;
	uint8_t want[16];
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(prefix, "/"), prefix);
	if (inet_pton(family == 6 ? AF_INET6 : AF_INET, text, want) != 1)
		return false;
	if (!memcmp(addr, unknown, sizeof(unknown)))
		return true;
	if (strchr(prefix, '/'))
		bits = atoi(strchr(prefix, '/') + 1);
	for (int i = 0; i < bits; i++)
		if ((want[i / 8] ^ addr[i / 8]) & (0x80 >> (i & 7)))
			return false;
	return true;
}

static bool selects(const struct policy *x, const struct wb_packet *p, const char *dir)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} protos[] = {{"tcp", 6}, {"udp", 17}, {"icmp", 1}, {"ipv6-icmp", 58}, {"sctp", 132}};
	int proto = x->proto[0] ? atoi(x->proto) : -1;

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (!strcmp(x->proto, protos[i].name))
			proto = protos[i].proto;
	return !strcmp(x->dir, dir) && (proto < 0 || proto == p->proto) &&
	       (!x->sport || x->sport == p->sport) && (!x->dport || x->dport == p->dport) &&
	       holds(x->src, p->family, p->saddr) && holds(x->dst, p->family, p->daddr);
}

static unsigned number_after(const char *line, const char *word)
{
	const char *p = strstr(line, word);

	return p ? strtoul(p + strlen(word), NULL, 10) : 0;
}

static void word_after(const char *line, const char *word, char *ret, size_t size)
{
	const char *p = strstr(line, word);

	if (p)
		snprintf(ret, size, "%.*s", (int)strcspn(p + strlen(word), " \n"),
			 p + strlen(word));
}

static void parse_line(struct policy *x, const char *line)
{
	if (strstr(line, "dir ")) {
		word_after(line, "dir ", x->dir, sizeof(x->dir));
		snprintf(x->action, sizeof(x->action), "allow"); /* which is not printed */
		word_after(line, "action ", x->action, sizeof(x->action));
		x->priority = number_after(line, "priority ");
	} else if (!x->tmpl[0] && x->dir[0]) {
		word_after(line, "\tproto ", x->tmpl, sizeof(x->tmpl));
	}
}

/* The one with the lowest number that has the packet; block: only of those that block. */
static bool find(char *text, const struct wb_packet *p, const char *dir, bool block,
		 struct policy *ret)
{
	struct policy x = {0};
	bool found = false;
	char *save;

	for (char *line = strtok_r(text, "\n", &save);; line = strtok_r(NULL, "\n", &save)) {
		bool ends = !line || !strncmp(line, "src ", 4);

		if (ends && selects(&x, p, dir) && (!block || !strcmp(x.action, "block")) &&
		    (!found || x.priority < ret->priority)) {
			*ret = x;
			found = true;
		}
		if (!line)
			return found;
		if (ends) {
			x = (struct policy){.sport = number_after(line, " sport "),
					    .dport = number_after(line, " dport ")};
			word_after(line, "src ", x.src, sizeof(x.src));
			word_after(line, " dst ", x.dst, sizeof(x.dst));
			word_after(line, " proto ", x.proto, sizeof(x.proto));
		} else {
			parse_line(&x, line);
		}
	}
}

/* It blocks, or it wants protection that the packet may not have. */
static bool refuses(const struct policy *x)
{
	return !strcmp(x->action, "block") || x->tmpl[0];
}

struct decider *decide_xfrm_policy(struct names *n, uint32_t inum, const struct wb_packet *p,
				   const char *dir, bool block)
{
	const char *argv[] = {"ip", "xfrm", "policy", NULL};
	int fd = names_netns_fd(n, inum);
	struct text out = {0};
	struct decider *d = NULL;
	char selector[160];
	struct policy x;

	if (fd >= 0 && !child_output(fd, argv, &out) && out.n && find(out.s, p, dir, block, &x) &&
	    refuses(&x)) {
		d = decider_new(DECIDER_XFRM_POLICY);
		snprintf(selector, sizeof(selector), "src %s dst %s", x.src, x.dst);
		decider_set_text(d, "selector", selector);
		decider_set_text(d, "dir", x.dir);
		decider_set_text(d, "action", x.action);
		decider_set_number(d, "priority", x.priority);
		if (x.tmpl[0] && strcmp(x.action, "block"))
			decider_set_text(d, "wants", x.tmpl);
	}
	text_free(&out);
	return d;
}

static const char *direction(const struct journey *j)
{
	const struct step *first = j->n_steps ? &j->steps[0] : NULL;

	if (strstr(j->drop.location, "forward"))
		return "fwd";
	return first && first->station == WB_STATION_SOCKET_SEND &&
			       first->at.netns_inum == j->drop.at.netns_inum &&
			       !strstr(j->drop.location, "rcv")
		       ? "out"
		       : "in";
}

struct decider *decide_xfrm(struct names *n, struct journey *j)
{
	if (!strcmp(catalogue_cause(&j->drop), "XFRM_STATE"))
		return decide_xfrm_state(n, j);
	return decide_xfrm_policy(n, j->drop.at.netns_inum, journey_last_packet(j), direction(j),
				  false);
}

/* Places at which an IPsec policy refuses a packet and the kernel gives no reason. */
static bool is_silent(const struct journey *j)
{
	static const struct {
		const char *location;
		bool without_reasons; /* where there are reasons, this has one; before 5.17 */
	} places[] = {
		{"dst_discard", false}, {"__udp4_lib_rcv", false}, {"__udp6_lib_rcv", false},
		{"ip_forward", true},	{"ip6_forward", true},
	};
	const struct drop *d = &j->drop;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !j->has_icmp; i++)
		if (!strncmp(d->location, places[i].location, strlen(places[i].location)))
			return d->reason_is_location ||
			       (!places[i].without_reasons && !strcmp(d->reason, "NOT_SPECIFIED"));
	return false;
}

struct decider *decide_xfrm_silent(struct names *n, struct journey *j)
{
	struct decider *d = is_silent(j) ? decide_xfrm(n, j) : NULL;

	if (!d)
		return NULL;
	j->drop.layer = WB_LAYER_STACK;
	j->drop.station = WB_STATION_XFRM;
	j->drop.reason_is_location = true;
	snprintf(j->drop.reason, sizeof(j->drop.reason), "XFRM_POLICY");
	return d;
}
