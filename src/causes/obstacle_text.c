/* SPDX-License-Identifier: GPL-2.0-only */
/* See obstacle_text.h. Foreign words stand there as they travel: the output escapes them. */
#include "causes/obstacle_text.h"

#include <string.h>

static const char *word(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static long long number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* A key of an answer, and how its tool writes it; "" for the key: nothing is asked for. */
struct part {
	const char *key, *format; /* one %s or %lld, after the type of the value */
};

static void put_parts(struct text *t, const json_t *o, const struct part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_object_get(o, parts[i].key);
		const char *mark = strchr(parts[i].format, '%');

		if (!v || json_is_false(v))
			continue;
		if (!mark) {
			text_put(t, parts[i].format, strlen(parts[i].format));
			continue;
		}
		text_put(t, parts[i].format, (size_t)(mark - parts[i].format));
		if (json_is_string(v))
			text_put(t, json_string_value(v), strlen(json_string_value(v)));
		else
			text_printf(t, *(mark + 1) == 'x' ? "0x%llx" : "%lld",
				    (long long)json_integer_value(v));
		text_put(t, mark + 2, strlen(mark + 2));
	}
}

#define PUT(t, o, parts) put_parts(t, o, parts, sizeof(parts) / sizeof((parts)[0]))

static const struct part rule_parts[] = {
	{"tos", " tos %x"},
	{"fwmark", " fwmark %x"},
	{"fwmask", "/%x"},
	{"iif", " iif %d"},
	{"iif_detached", " [detached]"},
	{"oif", " oif %d"},
	{"oif_detached", " [detached]"},
	{"l3mdev", " lookup [l3mdev-table]"},
	{"uid_start", " uidrange %d"},
	{"uid_end", "-%d"},
	{"ipproto", " ipproto %d"},
	{"sport", " sport %d"},
	{"sport_start", " sport %d"},
	{"sport_end", "-%d"},
	{"dport", " dport %d"},
	{"dport_start", " dport %d"},
	{"dport_end", "-%d"},
	{"tun_id", " tun_id %d"},
	{"suppress_prefixlen", " suppress_prefixlength %d"},
	{"suppress_ifgroup", " suppress_ifgroup %d"},
	{"goto", " goto %d"},
	{"unresolved", " [unresolved]"},
};

void text_of_rule(struct text *t, const json_t *rule)
{
	const char *action = word(rule, "action"), *name = word(rule, "table_name");

	text_printf(t, "%lld: %sfrom %s", number(rule, "priority"),
		    json_object_get(rule, "not") ? "not " : "",
		    word(rule, "src") ? word(rule, "src") : "all");
	if (json_object_get(rule, "srclen"))
		text_printf(t, "/%lld", number(rule, "srclen"));
	if (word(rule, "dst"))
		text_printf(t, " to %s", word(rule, "dst"));
	if (json_object_get(rule, "dstlen"))
		text_printf(t, "/%lld", number(rule, "dstlen"));
	PUT(t, rule, rule_parts);
	if (name)
		text_printf(t, " lookup %s", name);
	else if (number(rule, "table"))
		text_printf(t, " lookup %lld", number(rule, "table"));
	if (action && strcmp(action, "goto"))
		text_printf(t, " %s", action);
}

static const struct part filter_parts[] = {
	{"protocol", "protocol %d"}, {"pref", " pref %d"}, {"kind", " %s"}, {"chain", " chain %d"}};
static const struct part option_parts[] = {
	{"handle", " handle %s"}, {"fh", " fh %s"},    {"flowid", " flowid %s"},
	{"indev", " indev %s"},	  {"bpf_name", " %s"}, {"direct-action", " direct-action"},
};
static const struct part action_parts[] = {
	{"kind", " action %s"},
	{"mirred_action", " %s"},
	{"to_dev", " dev %s"},
};

void text_of_filter(struct text *t, const json_t *filter)
{
	const json_t *options = json_object_get(filter, "options"), *v;
	size_t i;

	PUT(t, filter, filter_parts);
	PUT(t, options, option_parts);
	if (json_object_get(options, "prog"))
		text_printf(t, " id %lld", number(json_object_get(options, "prog"), "id"));
	json_array_foreach(json_object_get(options, "match"), i, v) text_printf(
		t, " match %s/%s at %lld", word(v, "value"), word(v, "mask"), number(v, "off"));
	json_array_foreach(json_object_get(options, "actions"), i, v)
	{
		const char *what = word(json_object_get(v, "control_action"), "type");

		PUT(t, v, action_parts);
		/* its kind says nothing of what it does */
		if (word(v, "kind") && !strcmp(word(v, "kind"), "gact") && what)
			text_printf(t, " %s", what);
	}
}

static const struct part qdisc_parts[] = {
	{"kind", "%s"}, {"handle", " %s"}, {"root", " root"}, {"parent", " parent %s"}};
static const struct part qdisc_options[] = {
	{"limit", " limit %d"},		{"flows", " flows %d"},	 {"target", " target %dus"},
	{"interval", " interval %dus"}, {"rate", " rate %dB/s"}, {"burst", " burst %dB"},
	{"default", " default %x"},
};

void text_of_qdisc(struct text *t, const json_t *qdisc)
{
	PUT(t, qdisc, qdisc_parts);
	if (json_object_get(qdisc, "root"))
		text_printf(t, " refcnt %lld", number(qdisc, "refcnt"));
	PUT(t, json_object_get(qdisc, "options"), qdisc_options);
}

static void put_switch(struct text *t, const char *what, bool on)
{
	text_printf(t, "%s%s %s", t->n ? ", " : "", what, on ? "on" : "off");
}

void text_of_bridge(struct text *t, const json_t *link)
{
	const json_t *d = json_object_get(json_object_get(link, "linkinfo"), "info_data");

	put_switch(t, "vlan_filtering", number(d, "vlan_filtering"));
	put_switch(t, "mcast_snooping", number(d, "mcast_snooping"));
	put_switch(t, "stp", number(d, "stp_state"));
	put_switch(t, "nf_call_iptables", number(d, "nf_call_iptables"));
	put_switch(t, "nf_call_ip6tables", number(d, "nf_call_ip6tables"));
}

/* What differs from how a port is made. */
void text_of_port(struct text *t, const json_t *port)
{
	static const struct {
		const char *key;
		bool usual;
	} flags[] = {{"isolated", false}, {"locked", false},	  {"hairpin", false},
		     {"guard", false},	  {"root_block", false},  {"neigh_suppress", false},
		     {"flood", true},	  {"mcast_flood", true},  {"bcast_flood", true},
		     {"learning", true},  {"vlan_tunnel", false}, {"proxy_arp", false}};

	text_printf(t, "port of ");
	text_put(t, word(port, "master") ? word(port, "master") : "?",
		 strlen(word(port, "master") ? word(port, "master") : "?"));
	text_printf(t, ", %s", word(port, "state") ? word(port, "state") : "state unknown");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const json_t *v = json_object_get(port, flags[i].key);

		if (v && json_is_true(v) != flags[i].usual)
			put_switch(t, flags[i].key, json_is_true(v));
	}
}

void text_of_vlans(struct text *t, const json_t *port)
{
	const json_t *v, *flag;
	size_t i, k;

	text_printf(t, "VLANs");
	json_array_foreach(json_object_get(port, "vlans"), i, v)
	{
		text_printf(t, "%s %lld", i ? "," : "", number(v, "vlan"));
		if (number(v, "vlanEnd"))
			text_printf(t, "-%lld", number(v, "vlanEnd"));
		json_array_foreach(json_object_get(v, "flags"), k, flag)
			text_printf(t, " %s", json_string_value(flag));
	}
}
