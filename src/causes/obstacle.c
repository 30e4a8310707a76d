/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks src/host/ in bulk, a few dumps for all devices, and the kernel for programs and hooks. How a
 * row is worded: obstacle_text.c.
 */
#include "causes/obstacle.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/hooks.h"
#include "causes/obstacle_text.h"
#include "host/listing.h"
#include "host/sysctl.h"
#include "util/foreign_json.h"

#define PATIENCE_MS 10000 /* somebody waits for all of it, and thousands of devices may be */

__attribute__((format(printf, 4, 5))) static struct obstacle *
add(struct obstacles *o, enum wb_station station, const char *kind, const char *format, ...)
{
	struct obstacle *more = o->rows;
	va_list ap;

	/* the room grows in powers of two */
	if (!(o->n & (o->n - 1)))
		more = realloc(more, (o->n ? 2 * o->n : 1) * sizeof(*more));
	if (!more)
		return NULL;
	o->rows = more;
	more += o->n++;
	*more = (struct obstacle){.station = station, .kind = kind};
	va_start(ap, format);
	vsnprintf(more->text, sizeof(more->text), format, ap);
	va_end(ap);
	return more;
}

/* The device of an answer. */
static void set_dev(struct obstacle *r, const json_t *o, const char *name, const char *index)
{
	const char *utf8 = json_string_value(json_object_get(o, name));

	if (!r || !utf8)
		return;
	foreign_bytes(utf8, r->dev, sizeof(r->dev));
	r->dev_index = (uint32_t)json_integer_value(json_object_get(o, index));
}

static struct obstacle *add_program(struct obstacles *o, enum wb_station station, const char *kind,
				    uint32_t id, const char *mode)
{
	json_t *p =
		names_ask(o->names, 0, HOST_ASK_program, json_pack("{s:I}", "id", (json_int_t)id));
	struct obstacle *r;

	r = add(o, station, kind, "prog %u %s (%s)", id, listed_word(p, "name"), mode);
	json_decref(p);
	if (r)
		r->prog_id = id;
	return r;
}

/* A dispatcher's components follow it, in the order in which it calls them. */
static void add_xdp(struct obstacles *o, const json_t *link, const json_t *xdp)
{
	uint32_t id = (uint32_t)json_integer_value(json_object_get(xdp, "id"));
	const char *mode = json_string_value(json_object_get(xdp, "mode"));
	json_t *chain, *c;
	size_t i;

	set_dev(add_program(o, WB_STATION_XDP, "xdp_program", id, mode), link, "ifname", "ifindex");
	chain = names_ask(o->names, 0, HOST_ASK_xdp_chain,
			  json_pack("{s:I}", "id", (json_int_t)id));
	json_array_foreach(json_object_get(chain, "components"), i, c)
	{
		char how[48];

		snprintf(how, sizeof(how), "%s, called by %u", mode, id);
		set_dev(add_program(o, WB_STATION_XDP, "xdp_program",
				    (uint32_t)listed_number(c, "id", 0), how),
			link, "ifname", "ifindex");
	}
	json_decref(chain);
}

/* dev, index: the keys of its device in the answer. */
static void add_of(struct obstacles *o, enum wb_station station, const char *kind,
		   const json_t *answer, void (*word)(struct text *t, const json_t *answer),
		   const char *dev, const char *index)
{
	struct text t = {0};

	word(&t, answer);
	set_dev(add(o, station, kind, "%s", t.n ? t.s : ""), answer, dev, index);
	text_free(&t);
}

static void add_worded(struct obstacles *o, enum wb_station station, const char *kind,
		       const json_t *answer, void (*word)(struct text *t, const json_t *answer))
{
	add_of(o, station, kind, answer, word, "dev", "dev_index");
}

static bool is_bridge(const json_t *link)
{
	const char *kind =
		json_string_value(json_object_get(json_object_get(link, "linkinfo"), "info_kind"));

	return kind && !strcmp(kind, "bridge");
}

static void add_port(struct obstacles *o, const json_t *port)
{
	add_of(o, WB_STATION_BRIDGE, "bridge_port", port, text_of_port, "ifname", "ifindex");
}

/* Without VLAN filtering they are all there, too, and nobody asks for them. */
static void add_vlans(struct obstacles *o, const json_t *port)
{
	if (json_array_size(json_object_get(port, "vlans")))
		add_of(o, WB_STATION_BRIDGE, "bridge_vlans", port, text_of_vlans, "ifname",
		       "ifindex");
}

static void add_link(struct obstacles *o, const json_t *link)
{
	const json_t *filter = json_object_get(json_object_get(link, "inet"), "rp_filter"), *xdp;
	struct obstacle *r;
	size_t i;

	json_array_foreach(json_object_get(link, "xdp"), i, xdp) add_xdp(o, link, xdp);
	if (is_bridge(link))
		add_of(o, WB_STATION_BRIDGE, "bridge", link, text_of_bridge, "ifname", "ifindex");
	if (!filter)
		return;
	r = add(o, WB_STATION_ROUTE_IN, "sysctl", "net/ipv4/conf/%s/rp_filter = %lld",
		json_string_value(json_object_get(link, "ifname")),
		(long long)json_integer_value(filter));
	set_dev(r, link, "ifname", "ifindex");
}

static bool is_ingress(const json_t *o)
{
	const char *parent = json_string_value(json_object_get(o, "parent"));

	return parent && !strcmp(parent, "ingress");
}

static void add_tcx(struct obstacles *o, const json_t *p)
{
	set_dev(add_program(o, is_ingress(p) ? WB_STATION_TC_IN : WB_STATION_TC_OUT, "tc_program",
			    (uint32_t)json_integer_value(json_object_get(p, "id")), "tcx"),
		p, "dev", "dev_index");
}

static void add_filter(struct obstacles *o, const json_t *f)
{
	const json_t *options = json_object_get(f, "options");

	/* each priority, and u32's hash tables, have rows of their own */
	if (options && !json_object_get(options, "ht_divisor"))
		add_worded(o, is_ingress(f) ? WB_STATION_TC_IN : WB_STATION_TC_OUT, "tc_filter", f,
			   text_of_filter);
}

static void add_qdisc(struct obstacles *o, const json_t *q)
{
	add_worded(o, WB_STATION_QDISC, "qdisc", q, text_of_qdisc);
}

static void add_rule(struct obstacles *o, const json_t *rule)
{
	add_worded(o, WB_STATION_ROUTE_IN, "ip_rule", rule, text_of_rule);
	if (o->n)
		o->rows[o->n - 1].family = "ip";
}

static void add_rule6(struct obstacles *o, const json_t *rule)
{
	add_worded(o, WB_STATION_ROUTE_IN, "ip_rule", rule, text_of_rule);
	if (o->n)
		o->rows[o->n - 1].family = "ip6";
}

/* The settings for all devices. */
static void add_conf(struct obstacles *o, const json_t *conf)
{
	bool six = json_integer_value(json_object_get(conf, "family")) == 6;
	const json_t *forwarding = json_object_get(conf, "forwarding");
	const json_t *filter = json_object_get(conf, "rp_filter");

	if (json_integer_value(json_object_get(conf, "ifindex")) != -1)
		return;
	if (forwarding)
		add(o, WB_STATION_ROUTE_IN, "sysctl", "net/%s = %lld",
		    six ? "ipv6/conf/all/forwarding" : "ipv4/ip_forward",
		    (long long)json_integer_value(forwarding));
	if (filter && !six)
		add(o, WB_STATION_ROUTE_IN, "sysctl", "net/ipv4/conf/all/rp_filter = %lld",
		    (long long)json_integer_value(filter));
}

/* In the order in which rows of one station and device stand. of_device: asked for the one. */
static const struct {
	const char *what;
	enum host_question ask;
	json_int_t family;
	const char *parent;
	bool of_device;
	void (*add)(struct obstacles *o, const json_t *row);
} bulk[] = {
	{"devices", HOST_ASK_links, 0, NULL, true, add_link},
	{"tcx programs", HOST_ASK_tcx, 0, NULL, true, add_tcx},
	{"tc filters", HOST_ASK_filters, 0, "ingress", true, add_filter},
	{"tc filters", HOST_ASK_filters, 0, "egress", true, add_filter},
	{"qdiscs", HOST_ASK_qdiscs, 0, NULL, true, add_qdisc},
	{"bridge ports", HOST_ASK_bridge_ports, 0, NULL, false, add_port},
	{"bridge VLANs", HOST_ASK_bridge_vlans, 0, NULL, false, add_vlans},
	{"IPv4's settings", HOST_ASK_netconf, 4, NULL, false, add_conf},
	{"IPv6's settings", HOST_ASK_netconf, 6, NULL, false, add_conf},
	{"IPv4's rules", HOST_ASK_rules, 4, NULL, false, add_rule},
	{"IPv6's rules", HOST_ASK_rules, 6, NULL, false, add_rule6},
};
#define N_BULK (sizeof(bulk) / sizeof(bulk[0]))

static void add_hook(struct obstacles *o, const struct hook_row *h)
{
	struct obstacle *r;

	if (h->prog_id) {
		r = add_program(o, h->station, "bpf_netfilter", h->prog_id, "netfilter link");
	} else if (!strcmp(h->nft_family, "legacy")) {
		r = add(o, h->station, "iptables_chain", "iptables-legacy %s %s", h->table,
			h->chain);
	} else if (h->chain[0]) {
		r = add(o, h->station, "nft_chain", "nft %s %s %s", h->nft_family, h->table,
			h->chain);
	} else {
		r = add(o, h->station, "kernel", "%s%s%s%s", h->function, h->module[0] ? " [" : "",
			h->module, h->module[0] ? "]" : "");
	}
	if (!r)
		return;
	snprintf(r->dev, sizeof(r->dev), "%s", h->dev);
	r->family = h->family;
	r->has_priority = true;
	r->priority = h->priority;
}

static void say_unread(struct obstacles *o, const char *what, enum host_answer how)
{
	if (!o->unread.n || !strstr(o->unread.s, what))
		text_printf(&o->unread, "%s%s %s", o->unread.n ? "; " : "", what,
			    host_answer_words(how));
}

/* links: those that were asked for, of which there is one if dev is given. */
static json_t *arguments(size_t i, const json_t *links, bool one)
{
	json_t *args = json_object();

	if (bulk[i].of_device && one)
		json_object_set(args, "ifindex",
				json_object_get(json_array_get(links, 0), "ifindex"));
	if (bulk[i].family)
		json_object_set_new(args, "family", json_integer(bulk[i].family));
	if (bulk[i].parent)
		json_object_set_new(args, "parent", json_string(bulk[i].parent));
	return args;
}

/* A row of a list of all devices; what is of no device is for the one that was asked for, too. */
static bool is_of(const json_t *row, const json_t *links)
{
	const json_t *of = json_object_get(row, "ifname");

	return !of || json_equal(of, json_object_get(json_array_get(links, 0), "ifname"));
}

/* What br_netfilter does for all bridges: their own setting only adds to it. */
static void read_bridge_netfilter(struct obstacles *o)
{
	static const char *const leaves[] = {"bridge-nf-call-iptables", "bridge-nf-call-ip6tables",
					     "bridge-nf-call-arptables"};
	bool bridges = false;

	for (size_t i = 0; i < o->n; i++)
		bridges |= !strncmp(o->rows[i].kind, "bridge", 6);
	for (size_t i = 0; bridges && i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		char path[64];
		int v;

		snprintf(path, sizeof(path), "bridge/%s", leaves[i]);
		v = sysctl_number(o->names, 0, path);
		if (v >= 0)
			add(o, WB_STATION_BRIDGE, "sysctl", "net/%s = %d", path, v);
	}
}

static void read_bulk(struct obstacles *o, json_t *links, bool one)
{
	for (size_t i = 0; i < N_BULK; i++) {
		json_t *args = arguments(i, links, one), *list = NULL, *row;
		enum host_answer how = HOST_TOLD;
		size_t k;

		if (bulk[i].ask == HOST_ASK_links)
			list = json_incref(links);
		else
			how = host_ask(names_host(o->names), bulk[i].ask, 0, json_incref(args),
				       &list);
		if (how != HOST_TOLD)
			say_unread(o, bulk[i].what, how);
		json_array_foreach(list, k, row)
		{
			if (!one || bulk[i].of_device || is_of(row, links))
				bulk[i].add(o, row);
		}
		json_decref(list);
		json_decref(args);
	}
}

static void read_hooks(struct obstacles *o, const char *dev)
{
	struct hooks hooks;

	hooks_read(&hooks, o->names, 0, NULL, dev);
	o->hooks_from_kernel = hooks.from_kernel;
	for (size_t i = 0; i < hooks.n; i++)
		add_hook(o, &hooks.rows[i]);
	hooks_free(&hooks);
}

struct spot {
	enum wb_station station;
	uint32_t device; /* as the kernel lists them; last what is for all */
	size_t at;
};

static int by_place(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->station != y->station)
		return x->station < y->station ? -1 : 1;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* What was found first of a station and a device stays first, for that is the running order. */
static void sort(struct obstacles *o)
{
	struct spot *places = calloc(o->n + 1, sizeof(*places));
	struct obstacle *sorted = calloc(o->n + 1, sizeof(*sorted));

	for (size_t i = 0; places && sorted && i < o->n; i++)
		places[i] = (struct spot){o->rows[i].station, o->rows[i].dev_index - 1, i};
	if (places && sorted) {
		qsort(places, o->n, sizeof(*places), by_place);
		for (size_t i = 0; i < o->n; i++)
			sorted[i] = o->rows[places[i].at];
		memcpy(o->rows, sorted, o->n * sizeof(*sorted));
	}
	free(places);
	free(sorted);
}

int obstacles_read(struct obstacles *o, struct names *n, const char *dev)
{
	json_t *links = NULL, *args = json_object();
	enum host_answer how;

	*o = (struct obstacles){.names = n};
	host_be_patient(names_host(n), PATIENCE_MS);
	if (dev)
		json_object_set_new(args, "ifname", foreign_json(dev, strlen(dev)));
	how = host_ask(names_host(n), HOST_ASK_links, 0, args, &links);
	if (how == HOST_TOLD) {
		read_bulk(o, links, dev != NULL);
		read_bridge_netfilter(o);
		read_hooks(o, dev);
		sort(o);
	}
	json_decref(links);
	return how == HOST_TOLD ? 0 : how == HOST_NOT_THERE ? -ENODEV : -EACCES;
}

void obstacles_free(struct obstacles *o)
{
	free(o->rows);
	text_free(&o->unread);
	*o = (struct obstacles){0};
}
