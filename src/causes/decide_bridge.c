/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridge ports and their VLANs, as bridge(8) lists them: which port refused a frame, and why. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

static const char *word(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static json_t *named(json_t *list, const char *dev)
{
	json_t *p;
	size_t i;

	json_array_foreach(list, i, p)
	{
		if (word(p, "ifname") && !strcmp(word(p, "ifname"), dev))
			return p;
	}
	return NULL;
}

static bool same_bridge(const json_t *a, const json_t *b)
{
	const char *one = word(a, "master"), *other = word(b, "master");

	return one && other && !strcmp(one, other);
}

/* Of a port, or of a VLAN at one. */
static bool has_flag(const json_t *o, const char *flag)
{
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(o, "flags"), i, f)
	{
		if (json_is_string(f) && !strcmp(json_string_value(f), flag))
			return true;
	}
	return false;
}

/* What a port refuses for all frames: those that come in by it (in), or go out. */
static const char *port_cause(const json_t *port, bool in)
{
	const char *state = word(port, "state");

	if (!has_flag(port, "UP"))
		return "down";
	if (!has_flag(port, "LOWER_UP"))
		return "no carrier";
	if (state && strcmp(state, "forwarding"))
		return "not forwarding (spanning tree)";
	if (json_is_true(json_object_get(port, "isolated")))
		return "isolated";
	if (in && json_is_true(json_object_get(port, "locked")))
		return "locked";
	if (!in && json_is_false(json_object_get(port, "flood")))
		return "flooding is off";
	return NULL;
}

/* The VLAN that untagged frames belong to at a port, 0: none. */
static int pvid(const json_t *port)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(port, "vlans"), i, v)
	{
		if (has_flag(v, "PVID"))
			return json_integer_value(json_object_get(v, "vlan"));
	}
	return 0;
}

static bool allows(const json_t *port, int vlan)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(port, "vlans"), i, v)
	{
		int first = json_integer_value(json_object_get(v, "vlan"));
		int last = json_integer_value(json_object_get(v, "vlanEnd"));

		if (vlan >= first && vlan <= (last ? last : first))
			return true;
	}
	return false;
}

static bool filters_vlans(struct names *n, const struct journey *j, const char *bridge)
{
	json_t *list = names_ask_device(n, j->drop.at.netns_inum, HOST_ASK_links, bridge);
	json_t *info =
		json_object_get(json_object_get(json_array_get(list, 0), "linkinfo"), "info_data");
	bool on = json_integer_value(json_object_get(info, "vlan_filtering")) == 1;

	json_decref(list);
	return on;
}

static struct decider *decider(const json_t *port, const char *cause)
{
	struct decider *d = decider_new(DECIDER_BRIDGE_PORT);

	decider_set_text(d, "dev", word(port, "ifname"));
	decider_set_text(d, "cause", cause);
	if (word(port, "master"))
		decider_set_text(d, "bridge", word(port, "master"));
	if (word(port, "state"))
		decider_set_text(d, "state", word(port, "state"));
	return d;
}

/* It was for whichever port may have it, so none of them may. */
static bool flooded(const struct journey *j)
{
	return !strcmp(j->drop.reason, "NO_TX_TARGET");
}

static bool another_allows(json_t *ports, const json_t *in, json_t *vlans, int vlan)
{
	json_t *p;
	size_t i;

	json_array_foreach(ports, i, p)
	{
		if (p != in && same_bridge(p, in) && allows(named(vlans, word(p, "ifname")), vlan))
			return true;
	}
	return false;
}

/* The port that the frame's VLAN is not for. ports: of all bridges; in: the one it came in by. */
static struct decider *by_vlan(struct names *n, const struct journey *j, json_t *ports, json_t *in)
{
	const char *bridge = word(in, "master");
	json_t *vlans, *p;
	struct decider *d = NULL;
	char cause[64];
	int vlan;
	size_t i;

	if (!bridge || !filters_vlans(n, j, bridge))
		return NULL;
	vlans = names_ask(n, j->drop.at.netns_inum, HOST_ASK_bridge_vlans, NULL);
	p = named(vlans, word(in, "ifname"));
	vlan = j->packet.vlan ? j->packet.vlan & 0xfff : pvid(p);
	if (!vlan) {
		d = decider(in, "no VLAN for frames without a tag (no PVID)");
	} else if (!allows(p, vlan)) {
		snprintf(cause, sizeof(cause), "VLAN %d is not allowed", vlan);
		d = decider(in, cause);
	}
	json_array_foreach(ports, i, p)
	{
		if (d || p == in || !same_bridge(p, in) ||
		    allows(named(vlans, word(p, "ifname")), vlan) ||
		    (flooded(j) && another_allows(ports, in, vlans, vlan)))
			continue;
		snprintf(cause, sizeof(cause), "VLAN %d is not allowed", vlan);
		d = decider(p, cause);
	}
	json_decref(vlans);
	return d;
}

/* It was to leave by this port already. */
static struct decider *by_mtu(const struct journey *j, const json_t *port)
{
	json_int_t mtu = json_integer_value(json_object_get(port, "mtu"));
	char cause[64];

	if (!strstr(j->drop.location, "queue_push_xmit") &&
	    !strstr(j->drop.location, "nf_dev_queue_xmit"))
		return NULL;
	if (!mtu || journey_last_packet(j)->ip_len <= mtu)
		return NULL;
	snprintf(cause, sizeof(cause), "larger than its MTU %lld", (long long)mtu);
	return decider(port, cause);
}

static bool is_alone(json_t *ports, const json_t *in)
{
	json_t *p;
	size_t i;

	json_array_foreach(ports, i, p)
	{
		if (p != in && same_bridge(p, in))
			return false;
	}
	return true;
}

/* One that takes or sends nothing, the one it came in by before all others. NULL: there is none. */
static json_t *idle_port(json_t *ports, const json_t *in)
{
	json_t *p, *found = NULL;
	size_t i;

	json_array_foreach(ports, i, p)
	{
		if ((!in || same_bridge(p, in)) && port_cause(p, p == in) && (p == in || !found))
			found = p;
	}
	return found;
}

/* A port that takes part as it should, and to which nothing but its membership or its flags for
 * what is flooded can be in the way. */
static bool another_takes(json_t *ports, const json_t *in)
{
	bool in_isolated = json_is_true(json_object_get(in, "isolated"));
	json_t *p;
	size_t i;

	json_array_foreach(ports, i, p)
	{
		const char *cause = port_cause(p, false);

		if (p != in && same_bridge(p, in) &&
		    (!cause || !strcmp(cause, "flooding is off") ||
		     (!strcmp(cause, "isolated") && !in_isolated)))
			return true;
	}
	return false;
}

struct decider *decide_bridge(struct names *n, struct journey *j)
{
	json_t *ports = names_ask(n, j->drop.at.netns_inum, HOST_ASK_bridge_ports, NULL);
	json_t *in = named(ports, j->drop.at.dev), *idle = idle_port(ports, in);
	struct decider *d = in ? by_mtu(j, in) : NULL;

	if (!d && idle && !(in && flooded(j) && another_takes(ports, in)))
		d = decider(idle, port_cause(idle, idle == in));
	if (!d && in)
		d = by_vlan(n, j, ports, in);
	if (!d && in && is_alone(ports, in))
		d = decider(in, "there is no other port");
	/* br_flood() gives this one alone; br_forward() none for a port that may send but is the
	 * one it came in by */
	if (!d && in && !strcmp(j->drop.reason, "NO_TX_TARGET"))
		d = decide_flood(n, j, ports, in);
	else if (!d && in && !strncmp(j->drop.location, "br_handle_frame_finish", 22))
		d = decider(in, "its destination is behind the port that it came in by, and "
				"hairpin is off there");
	if (!ports)
		list_failed(j, "the bridge's ports");
	json_decref(ports);
	return d;
}
