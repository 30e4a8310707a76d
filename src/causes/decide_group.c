/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why nobody here took a packet for a multicast group: who joined it, on which device, and for
 * which sources (ip_check_mc_rcu, ipv6_chk_mcast_addr; 5.10 to 7.2).
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

#define ADDRESS_HEX 33

struct membership {
	bool read;
	bool here;	/* on the device that it came in by */
	bool filtered;	/* there with a list of sources */
	char other[16]; /* another device on which the group was joined, "" none */
};

/* As the files of /proc/net write it: IPv4's number is the machine's, or (mcfilter) with 0x. */
static void hex(const struct wb_packet *p, const uint8_t *addr, bool number, char *buf)
{
	uint32_t v4;

	if (p->family == 6) {
		for (int i = 0; i < 16; i++)
			snprintf(buf + 2 * i, 3, "%02x", addr[i]);
		return;
	}
	memcpy(&v4, addr, 4);
	if (number)
		snprintf(buf, ADDRESS_HEX, "%08X", v4);
	else
		snprintf(buf, ADDRESS_HEX, "0x%02x%02x%02x%02x", addr[0], addr[1], addr[2],
			 addr[3]);
}

static void joined_on(struct membership *m, const char *dev, const char *in)
{
	if (!strcmp(dev, in))
		m->here = true;
	else
		snprintf(m->other, sizeof(m->other), "%.15s", dev);
}

/* igmp: a line of the device, then one a group of its; igmp6: all on one line. */
static void read_groups(struct membership *m, const json_t *lines, const char *group, bool six,
			const char *in)
{
	char dev[17] = "", word[40];
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		const char *s = json_string_value(line);

		if (!s)
			continue;
		if (six) {
			if (sscanf(s, "%*d %16s %39s", dev, word) == 2 && !strcmp(word, group))
				joined_on(m, dev, in);
		} else if (*s != '\t') {
			if (sscanf(s, "%*d %16s", dev) != 1)
				dev[0] = '\0';
		} else if (sscanf(s, " %39s", word) == 1 && !strcmp(word, group)) {
			joined_on(m, dev, in);
		}
	}
}

/* The device's name is cut off there. */
static void read_sources(struct membership *m, const json_t *lines, const char *group,
			 uint32_t ifindex)
{
	const json_t *line;
	char word[40];
	unsigned idx;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		const char *s = json_string_value(line);

		if (s && sscanf(s, "%u %*s %39s", &idx, word) == 2 && idx == ifindex &&
		    !strcmp(word, group))
			m->filtered = true;
	}
}

static json_t *file(struct names *n, uint32_t inum, const char *name)
{
	return names_ask(n, inum, HOST_ASK_file, json_pack("{s:s}", "name", name));
}

static struct membership membership(struct names *n, const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct step *rx = decide_step_at(j, WB_STATION_RX);
	const struct place *at = rx ? &rx->at : &j->drop.at;
	bool six = p->family == 6;
	json_t *groups = file(n, at->netns_inum, six ? "igmp6" : "igmp");
	json_t *sources = file(n, at->netns_inum, six ? "mcfilter6" : "mcfilter");
	struct membership m = {.read = groups && at->dev[0]};
	char group[ADDRESS_HEX];

	hex(p, p->daddr, true, group);
	read_groups(&m, groups, group, six, at->dev);
	hex(p, p->daddr, false, group);
	read_sources(&m, sources, group, at->ifindex);
	json_decref(groups);
	json_decref(sources);
	return m;
}

static void say(struct journey *j, struct decider *d, const struct membership *m, bool routed_off)
{
	const char *routed = routed_off ? ", and multicast is not routed here" : "";
	char cause[160];

	if (!m->read) {
		list_failed(j, "who joined which group");
		snprintf(cause, sizeof(cause), "nobody here took it%s", routed);
	} else if (m->here && m->filtered) {
		snprintf(cause, sizeof(cause),
			 "the group was joined here, but for certain sources only%s", routed);
	} else if (m->here) {
		snprintf(cause, sizeof(cause),
			 "nobody here took it, though the group is joined on this device now%s",
			 routed);
	} else if (m->other[0]) {
		snprintf(cause, sizeof(cause),
			 "the group was joined on %s, not on the device that it came in by%s",
			 m->other, routed);
	} else {
		snprintf(cause, sizeof(cause), "nobody here joined the group%s", routed);
	}
	decider_set_text(d, "cause", cause);
	if (m->read)
		decider_add_evidence(d, "the device %s the group%s",
				     m->here ? "is in" : "is not in",
				     m->filtered ? ", with a list of sources" : "");
}

/* Where multicast is routed it is for that to say what it lacks. */
struct decider *decide_group(struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	struct membership m;
	struct decider *d;
	char name[128], source[64], group[64];
	int routed = decide_sysctl(n, j->drop.at.netns_inum, p->family == 6 ? "ipv6" : "ipv4",
				   j->drop.at.dev, "mc_forwarding", name, sizeof(name));

	if (routed > 0)
		return decide_mroute(n, j);
	d = decider_new(DECIDER_MROUTE);
	packet_addr(p->family, p->saddr, source, sizeof(source));
	packet_addr(p->family, p->daddr, group, sizeof(group));
	decider_set_text(d, "source", source);
	decider_set_text(d, "group", group);
	m = membership(n, j);
	say(j, d, &m, !routed);
	if (!routed)
		decider_add_evidence(d, "%s = 0", name);
	return d;
}
