/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tally as Prometheus text. Labels are places and reasons, never addresses, ports or processes:
 * those would make a series for each sender.
 */
#include "output/prometheus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "util/foreign.h"

/* Sites that have all labels in common are one series. */
struct series {
	char *labels;
	uint64_t packets, bytes;
	UT_hash_handle hh;
};

struct capped {
	const char *value[PROMETHEUS_VALUES_MAX];
	size_t n;
};

static void head(struct text *t, const char *name, const char *type, const char *help)
{
	text_printf(t, "# HELP waybill_%s %s\n# TYPE waybill_%s %s\n", name, help, name, type);
}

static void label(struct text *t, const char *key, const char *value)
{
	text_printf(t, "%s%s=\"", t->n ? "," : "", key);
	foreign_put(t, FOREIGN_LABEL, value);
	text_put(t, "\"", 1);
}

/* The value itself, or "other" when there are too many different ones. */
static const char *cap(struct capped *c, const char *value)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->value[i], value))
			return value;
	if (c->n == PROMETHEUS_VALUES_MAX)
		return "other";
	c->value[c->n++] = value;
	return value;
}

static bool is_rule(enum decider_kind k)
{
	return k == DECIDER_NFT_RULE || k == DECIDER_NFT_POLICY || k == DECIDER_IPTABLES_RULE ||
	       k == DECIDER_IPTABLES_POLICY;
}

static bool is_program(enum decider_kind k)
{
	return k == DECIDER_XDP_PROGRAM || k == DECIDER_TC_PROGRAM || k == DECIDER_BPF_NETFILTER ||
	       k == DECIDER_CGROUP_PROGRAM;
}

/* "(bash)" of "pid 12 (bash)": the number would make a series for each process. */
static const char *lasting_name(const char *netns)
{
	const char *comm = strncmp(netns, "pid ", 4) ? NULL : strchr(netns, '(');

	return comm ? comm : netns;
}

static void site_labels(struct text *t, const struct tally_site *s, const struct prometheus *p,
			struct capped *rules, struct capped *programs)
{
	enum decider_kind k = s->decider ? s->decider->kind : DECIDER_NONE;

	label(t, "netns", lasting_name(s->at.netns));
	label(t, "interface", s->at.dev);
	label(t, "layer", layer_name(s->layer));
	label(t, "station", station_name(s->station));
	label(t, "reason", s->reason);
	if (p->rules)
		label(t, "rule", is_rule(k) ? cap(rules, s->decider_name) : "");
	if (p->programs)
		label(t, "program", is_program(k) ? cap(programs, s->decider_name) : "");
}

static struct series *find(struct series **all, const struct text *labels)
{
	struct series *s;

	HASH_FIND(hh, *all, labels->s, labels->n, s);
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->labels = strdup(labels->s);
	if (!s->labels) {
		free(s);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, *all, s->labels, labels->n, s);
	return s;
}

/* Without it the series would not add up to their layers any more. */
static int add_others(struct series **all, const struct prometheus *p)
{
	struct text labels = {0};
	int r = 0;

	for (int i = WB_LAYER_NONE + 1; i < WB_LAYER_MAX && !r; i++) {
		const struct tally_other *o = &p->all->other[i];
		struct series *s;

		if (!o->packets)
			continue;
		text_reset(&labels);
		text_printf(&labels,
			    "netns=\"other\",interface=\"other\",layer=\"%s\",station=\"other\","
			    "reason=\"other\"%s%s",
			    layer_name(i), p->rules ? ",rule=\"other\"" : "",
			    p->programs ? ",program=\"other\"" : "");
		s = labels.failed ? NULL : find(all, &labels);
		if (s) {
			s->packets += o->packets;
			s->bytes += o->bytes;
		}
		r = s ? 0 : -ENOMEM;
	}
	text_free(&labels);
	return r;
}

static void drops(struct text *t, const struct prometheus *p)
{
	struct capped rules = {0}, programs = {0};
	struct series *all = NULL, *s, *next;
	struct text labels = {0};

	for (size_t i = 0; i < p->all->n_sites; i++) {
		const struct tally_site *site = &p->all->sites[i];

		text_reset(&labels);
		site_labels(&labels, site, p, &rules, &programs);
		s = labels.failed ? NULL : find(&all, &labels);
		if (!s) {
			t->failed = 1;
			break;
		}
		s->packets += site->packets;
		s->bytes += site->bytes;
	}
	text_free(&labels);
	if (add_others(&all, p))
		t->failed = 1;
	head(t, "drops_total", "counter", "Packets that died, each once, by where and why.");
	for (s = all; s; s = s->hh.next)
		text_printf(t, "waybill_drops_total{%s} %" PRIu64 "\n", s->labels, s->packets);
	head(t, "dropped_bytes_total", "counter", "Bytes of the packets that died.");
	for (s = all; s; s = s->hh.next)
		text_printf(t, "waybill_dropped_bytes_total{%s} %" PRIu64 "\n", s->labels,
			    s->bytes);
	HASH_ITER(hh, all, s, next)
	{
		HASH_DEL(all, s);
		free(s->labels);
		free(s);
	}
}

static void outcomes(struct text *t, const struct tally *all)
{
	head(t, "packets_total", "counter", "Packets seen, by what became of them.");
	for (int i = 0; i < OUTCOME_MAX; i++)
		text_printf(t, "waybill_packets_total{outcome=\"%s\"} %" PRIu64 "\n",
			    outcome_name(i), all->outcomes[i]);
	head(t, "drops_only_seconds_total", "counter",
	     "Time in which to follow packets took more than the budget: only drops were counted.");
	text_printf(t, "waybill_drops_only_seconds_total %.3f\n", all->drops_only_ns / 1e9);
	head(t, "budget_ratio", "gauge", "The share of a CPU that following packets may take.");
	text_printf(t, "waybill_budget_ratio %.2f\n", all->budget / 100.);
	head(t, "layer_drops_total", "counter", "Packets that died, by layer.");
	for (int i = WB_LAYER_NONE + 1; i < WB_LAYER_MAX; i++)
		text_printf(t, "waybill_layer_drops_total{layer=\"%s\"} %" PRIu64 "\n",
			    layer_name(i), all->dropped[i]);
}

static void losses(struct text *t, const struct prometheus *p)
{
	static const char *const causes[] = {
#define X(id, name, text) [WB_LOSS_##id] = name,
		WB_LOSSES(X)
#undef X
	};

	head(t, "lost_events_total", "counter", "What waybill itself did not see, by cause.");
	for (int i = 0; i < WB_LOSS_MAX; i++)
		text_printf(t, "waybill_lost_events_total{cause=\"%s\"} %" PRIu64 "\n", causes[i],
			    p->losses[i]);
	text_printf(t, "waybill_lost_events_total{cause=\"recursion\"} %" PRIu64 "\n", p->misses);
}

static void coverage(struct text *t, const struct sink_start *s)
{
	struct text labels = {0};

	head(t, "build_info", "gauge", "The program, the kernel and the mode.");
	label(&labels, "version", s->version);
	label(&labels, "kernel", s->kernel);
	label(&labels, "mode", s->mode);
	text_printf(t, "waybill_build_info{%s} 1\n", labels.s);
	text_free(&labels);
	head(t, "probes", "gauge", "Probes that are attached.");
	text_printf(t, "waybill_probes %u\n", s->probes);
	head(t, "station_observed", "gauge", "1: a probe shows packets that pass the station.");
	for (int i = WB_STATION_NONE + 1; i < WB_STATION_MAX; i++) {
		bool missing = false;

		for (size_t k = 0; k < s->n_missing; k++)
			missing |= (int)s->missing[k] == i;
		text_printf(t, "waybill_station_observed{station=\"%s\"} %d\n", station_name(i),
			    !missing);
	}
}

static void conntrack(struct text *t, const struct prometheus *p)
{
	if (p->conntrack_entries < 0 || p->conntrack_limit < 0)
		return;
	head(t, "conntrack_entries", "gauge", "Connections tracked in waybill's own namespace.");
	text_printf(t, "waybill_conntrack_entries %" PRId64 "\n", p->conntrack_entries);
	head(t, "conntrack_limit", "gauge", "Connections that can be tracked there.");
	text_printf(t, "waybill_conntrack_limit %" PRId64 "\n", p->conntrack_limit);
}

void prometheus_text(struct text *t, const struct prometheus *p)
{
	outcomes(t, p->all);
	drops(t, p);
	losses(t, p);
	coverage(t, p->start);
	conntrack(t, p);
}
