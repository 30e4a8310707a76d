/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device itself, as rtnetlink describes it a moment later: one without carrier takes nothing,
 * and a veth hands over only what its other end takes, which may be in another namespace.
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

/* A device and its other end; NULL: there is none, or it could not be read. */
struct pair {
	json_t *own, *other; /* of the same form as links' answer */
	enum host_answer other_is;
};

static json_t *ask_link(struct names *n, uint32_t inum, json_t *args, enum host_answer *how)
{
	json_t *links, *link;

	*how = host_ask(names_host(n), HOST_ASK_links, inum, args, &links);
	link = json_incref(json_array_get(links, 0));
	json_decref(links);
	return link;
}

static void forget(struct pair *p)
{
	json_decref(p->own);
	json_decref(p->other);
}

static bool look_at(struct names *n, const struct journey *j, struct pair *p)
{
	uint32_t inum = j->drop.at.netns_inum;
	enum host_answer how;
	const json_t *nsid;
	int64_t other;

	*p = (struct pair){.other_is = HOST_UNREAD};
	if (!j->drop.at.ifindex)
		return false;
	p->own = ask_link(n, inum, json_pack("{s:I}", "ifindex", (json_int_t)j->drop.at.ifindex),
			  &how);
	other = listed_number(p->own, "link_index", 0);
	nsid = json_object_get(p->own, "link_netnsid");
	if (other)
		p->other = ask_link(
			n, inum,
			json_pack("{s:I, s:O*}", "ifindex", (json_int_t)other, "nsid", nsid),
			&p->other_is);
	return p->own != NULL;
}

static bool is_veth(const struct pair *p)
{
	return !strcmp(listed_kind(p->own), "veth");
}

static struct decider *because(const struct pair *p, const char *cause)
{
	struct decider *d = decider_new(DECIDER_DEVICE);

	decider_set_text(d, "dev", listed_word(p->own, "ifname"));
	decider_set_text(d, "cause", cause);
	return d;
}

/* Where a device of this kind has its carrier from. */
static const char *no_carrier(const char *kind)
{
	static const struct {
		const char *kind, *cause;
	} rows[] = {
		{"veth", "no carrier, its other end is down"},
		{"tun", "no carrier: no program has it open"},
		{"bond", "no carrier: none of its ports has one"},
		{"team", "no carrier: none of its ports has one"},
		{"bridge", "no carrier: it has no port that is up"},
		{"vlan", "no carrier: the device below it has none"},
		{"macvlan", "no carrier: the device below it has none"},
		{"ipvlan", "no carrier: the device below it has none"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(kind, rows[i].kind))
			return rows[i].cause;
	return "no carrier: look at its other end, at the ports below it, or at the program that "
	       "has it open";
}

static struct decider *without_carrier(const struct pair *p)
{
	if (!listed_flag(p->own, "UP"))
		return because(p, "it is down");
	if (listed_flag(p->own, "LOWER_UP"))
		return NULL;
	return because(p, no_carrier(listed_kind(p->own)));
}

struct decider *decide_carrier(struct names *n, const struct journey *j)
{
	struct decider *d = NULL;
	struct pair p;

	if (look_at(n, j, &p))
		d = without_carrier(&p);
	forget(&p);
	return d;
}

static struct decider *by_other_end(const struct pair *p, uint32_t len)
{
	const char *name = listed_word(p->other, "ifname");
	int64_t mtu = listed_number(p->other, "mtu", 0);
	char cause[160];

	if (!p->other) {
		/* a number that is not to be read is none that is gone */
		if (p->other_is == HOST_UNREAD && json_object_get(p->own, "link_index"))
			return NULL;
		return because(p, "its other end is gone");
	}
	if (!listed_flag(p->other, "UP"))
		snprintf(cause, sizeof(cause), "its other end %.63s is down", name);
	else if (len > mtu)
		snprintf(cause, sizeof(cause),
			 "larger than the MTU %lld of its other end %.63s, its own is %lld",
			 (long long)mtu, name, (long long)listed_number(p->own, "mtu", 0));
	else
		return NULL;
	return because(p, cause);
}

struct decider *decide_device(struct names *n, struct journey *j)
{
	struct decider *d = NULL;
	struct pair p;

	if (look_at(n, j, &p) && is_veth(&p))
		d = by_other_end(&p, journey_last_packet(j)->ip_len);
	forget(&p);
	return d;
}
