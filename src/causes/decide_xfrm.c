/* SPDX-License-Identifier: GPL-2.0-only */
/* IPsec policies: the first one whose selector has the packet, as the kernel lists them. */
#include <stdio.h>
#include <string.h>

#include "causes/catalogue.h"
#include "causes/decide.h"
#include "util/prefix.h"

static const char *word(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* An address that is not known is everywhere. */
static bool holds(const json_t *policy, const char *key, uint8_t family, const uint8_t *addr)
{
	static const uint8_t unknown[16];

	return prefix_length(word(policy, key), family) >= 0 &&
	       (!memcmp(addr, unknown, sizeof(unknown)) ||
		prefix_holds(word(policy, key), family, addr));
}

/* A port of the selector, 0 where it has none. */
static bool fits(const json_t *policy, const char *key, const char *mask_key, uint16_t port)
{
	const json_t *want = json_object_get(policy, key),
		     *mask = json_object_get(policy, mask_key);
	json_int_t bits = mask ? json_integer_value(mask) : UINT16_MAX;

	return !want || !json_integer_value(want) || (port & bits) == json_integer_value(want);
}

static bool selects(const json_t *x, const struct wb_packet *p, const char *dir)
{
	const json_t *proto = json_object_get(x, "proto");

	return !strcmp(word(x, "dir"), dir) &&
	       (!proto || !json_integer_value(proto) || json_integer_value(proto) == p->proto) &&
	       fits(x, "sport", "sport_mask", p->sport) &&
	       fits(x, "dport", "dport_mask", p->dport) && holds(x, "src", p->family, p->saddr) &&
	       holds(x, "dst", p->family, p->daddr);
}

static json_int_t priority(const json_t *x)
{
	return json_integer_value(json_object_get(x, "priority"));
}

/* The one with the lowest number that has the packet; block: only of those that block. */
static const json_t *find(const json_t *policies, const struct wb_packet *p, const char *dir,
			  bool block)
{
	const json_t *found = NULL;
	json_t *x;
	size_t i;

	json_array_foreach(policies, i, x)
	{
		if (selects(x, p, dir) && (!block || !strcmp(word(x, "action"), "block")) &&
		    (!found || priority(x) < priority(found)))
			found = x;
	}
	return found;
}

static const char *wanted(const json_t *x)
{
	return word(json_array_get(json_object_get(x, "tmpls"), 0), "proto");
}

/* It blocks, or it wants protection that the packet may not have. */
static bool refuses(const json_t *x)
{
	return !strcmp(word(x, "action"), "block") || wanted(x)[0];
}

struct decider *decide_xfrm_policy(struct names *n, uint32_t inum, const struct wb_packet *p,
				   const char *dir, bool block)
{
	json_t *policies = names_ask(n, inum, HOST_ASK_xfrm_policies, NULL);
	const json_t *x = find(policies, p, dir, block);
	struct decider *d = NULL;
	char selector[160];

	if (x && refuses(x)) {
		d = decider_new(DECIDER_XFRM_POLICY);
		snprintf(selector, sizeof(selector), "src %s dst %s", word(x, "src"),
			 word(x, "dst"));
		decider_set_text(d, "selector", selector);
		decider_set_text(d, "dir", word(x, "dir"));
		decider_set_text(d, "action", word(x, "action"));
		decider_set_number(d, "priority", priority(x));
		if (wanted(x)[0] && strcmp(word(x, "action"), "block"))
			decider_set_text(d, "wants", wanted(x));
	}
	json_decref(policies);
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
	static const struct wb_packet discovery = {.family = 6, .proto = 58};

	if (!strcmp(catalogue_cause(&j->drop), "XFRM_STATE"))
		return decide_xfrm_state(n, j);
	/* it has no header of IP yet; what is not known is 0 */
	if (!strcmp(catalogue_cause(&j->drop), "NDISC_UNSENT"))
		return decide_xfrm_policy(n, j->drop.at.netns_inum, &discovery, "out", false);
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
