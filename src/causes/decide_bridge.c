/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridge ports and their VLANs, as bridge(8) lists them: which port refused a frame, and why. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "causes/catalogue.h"
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
/* What a port refuses for all frames: those that come in by it (in), or go out. */
static const char *port_cause(const json_t *port, bool in)
{
	const char *state = word(port, "state");

	if (!listed_flag(port, "UP"))
		return "down";
	if (!listed_flag(port, "LOWER_UP"))
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
		if (listed_flag(v, "PVID"))
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

/* A bridge's VLANs and the frame's own among them. */
struct vlan_of {
	json_t *vlans; /* NULL: the bridge does not filter */
	int id;	       /* 0: it has none */
	bool unread;   /* the bridge filters, and its VLANs or the frame's could not be read */
};

static struct vlan_of vlan_of(struct names *n, const struct journey *j, const json_t *in)
{
	struct vlan_of v = {0};
	int tag;

	if (!word(in, "master") || !filters_vlans(n, j, word(in, "master")))
		return v;
	tag = decide_frame_vlan(n, j, &v.unread);
	v.vlans = names_ask(n, j->drop.at.netns_inum, HOST_ASK_bridge_vlans, NULL);
	v.unread |= !v.vlans;
	v.id = tag ? tag : pvid(named(v.vlans, word(in, "ifname")));
	return v;
}

static struct decider *vlan_refused(const json_t *port, int vlan)
{
	char cause[64];

	snprintf(cause, sizeof(cause), "VLAN %d is not allowed", vlan);
	return decider(port, cause);
}

/* Does the port that it came in by take the frame's VLAN? NULL: yes. */
static struct decider *by_own_vlan(const struct vlan_of *v, const json_t *in)
{
	if (!v->vlans)
		return NULL;
	if (!v->id)
		return decider(in, "no VLAN for frames without a tag (no PVID)");
	return allows(named(v->vlans, word(in, "ifname")), v->id) ? NULL : vlan_refused(in, v->id);
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

/* It was for the bridge's own address, or for all, and the bridge is no member of its VLAN. */
static struct decider *by_bridge_itself(const struct journey *j, const json_t *in,
					const struct vlan_of *v)
{
	const char *bridge = word(in, "master");
	struct decider *d;
	char cause[64];

	if (strncmp(j->drop.location, "br_pass_frame_up", 16) || !v->vlans || !v->id || !bridge ||
	    allows(named(v->vlans, bridge), v->id))
		return NULL;
	snprintf(cause, sizeof(cause), "the bridge itself is no member of VLAN %d", v->id);
	d = decider_new(DECIDER_BRIDGE_PORT);
	decider_set_text(d, "dev", bridge);
	decider_set_text(d, "cause", cause);
	return d;
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

static bool is_of(const json_t *port, const char *bridge)
{
	return word(port, "master") && bridge && !strcmp(word(port, "master"), bridge);
}

static struct decider *hairpin(const json_t *in)
{
	return decider(in, "its destination is behind the port that it came in by, and hairpin is "
			   "off there");
}

/*
 * Ports that send nothing, or nothing of this VLAN. Which of several it was for is not known, and
 * it need not have been for any of them if one is well. in: NULL: the bridge itself sent it.
 */
static struct decider *by_others(json_t *ports, const json_t *in, const char *bridge,
				 const struct vlan_of *v, bool flooded)
{
	bool elsewhere = v->vlans && flooded && another_allows(ports, in, v->vlans, v->id);
	struct decider *found = NULL;
	size_t i, others = 0, unfit = 0;
	json_t *p;

	json_array_foreach(ports, i, p)
	{
		const char *cause = port_cause(p, false);

		if (p == in || !is_of(p, bridge))
			continue;
		others++;
		if (cause)
			decide_add_suspect(&found, decider(p, cause));
		else if (v->vlans && !elsewhere &&
			 !allows(named(v->vlans, word(p, "ifname")), v->id))
			decide_add_suspect(&found, vlan_refused(p, v->id));
		else
			continue;
		unfit++;
	}
	if (found && unfit < others && in)
		decide_add_suspect(&found, hairpin(in));
	return found;
}

/* What is wrong at the port that it came in by; NULL: nothing. */
static struct decider *by_own_port(const struct journey *j, const json_t *in,
				   const struct vlan_of *v)
{
	struct decider *d = by_mtu(j, in);

	if (!d && port_cause(in, true))
		d = decider(in, port_cause(in, true));
	return d ? d : by_own_vlan(v, in);
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

/* Open vSwitch's datapath has ports, too, and no bridge's. */
static struct decider *by_ovs(const struct journey *j)
{
	struct decider *d;

	if (strncmp(catalogue_cause(&j->drop), "OVS", 3))
		return NULL;
	d = decider_new(DECIDER_OVS_FLOW);
	decider_set_text(d, "dev", j->drop.at.dev);
	return d;
}

/* What the bridge itself sends is flooded to all of its ports. */
static struct decider *by_flood_of_its_own(struct names *n, struct journey *j, json_t *ports)
{
	json_t *self = json_pack("{s:s, s:s}", "ifname", j->drop.at.dev, "master", j->drop.at.dev);
	struct decider *d = NULL;
	json_t *port;
	size_t i;

	json_array_foreach(ports, i, port)
	{
		if (!d && is_of(port, j->drop.at.dev))
			d = decide_flood(n, j, ports, self);
	}
	json_decref(self);
	return d;
}

static struct decider *decide_linux_bridge(struct names *n, struct journey *j)
{
	json_t *ports = names_ask(n, j->drop.at.netns_inum, HOST_ASK_bridge_ports, NULL);
	json_t *in = named(ports, j->drop.at.dev);
	struct vlan_of v = in ? vlan_of(n, j, in) : (struct vlan_of){0};
	bool others = !in || !flooded(j) || !another_takes(ports, in) ||
		      (v.vlans && !another_allows(ports, in, v.vlans, v.id));
	struct decider *d = in && !v.unread ? by_own_port(j, in, &v) : NULL;

	if (v.unread) {
		list_failed(j, "the VLANs of the bridge, or of the frame");
		goto out;
	}
	if (!d && in)
		d = by_bridge_itself(j, in, &v);
	if (!d && others)
		d = by_others(ports, in, in ? word(in, "master") : j->drop.at.dev, &v, flooded(j));
	if (!d && in && is_alone(ports, in))
		d = decider(in, "there is no other port");
	/* br_flood() gives this one alone; br_forward() none for a port that may send but is the
	 * one it came in by */
	if (!d && !in && !strcmp(j->drop.reason, "NO_TX_TARGET"))
		d = by_flood_of_its_own(n, j, ports);
	if (!d && in && !strcmp(j->drop.reason, "NO_TX_TARGET"))
		d = decide_flood(n, j, ports, in);
	else if (!d && in && !strncmp(j->drop.location, "br_handle_frame_finish", 22))
		d = hairpin(in);
	if (!ports)
		list_failed(j, "the bridge's ports");
out:
	json_decref(v.vlans);
	json_decref(ports);
	return d;
}

struct decider *decide_bridge(struct names *n, struct journey *j)
{
	struct decider *d = by_ovs(j);

	return d ? d : decide_linux_bridge(n, j);
}
