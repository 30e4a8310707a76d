/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill explain: the catalogue of reasons and stations. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "causes/catalogue.h"
#include "util/json.h"

struct entry {
	const char *kind, *name, *meaning;
	enum wb_layer layer;
	enum wb_station station;
	const struct reason_row *reason; /* NULL: a station */
};

/* Kernel functions that end packets so, as far as the catalogue knows them. */
static void put_functions(struct text *t, struct json *w, const struct entry *e)
{
	const struct place_row *places;
	bool any = false;
	size_t n;

	places = catalogue_places(&n);
	for (size_t i = 0; i < n; i++) {
		bool same = e->reason ? places[i].reason && !strcmp(places[i].reason, e->name)
				      : places[i].station == e->station;

		if (!same)
			continue;
		if (w && !any)
			json_open(w, "functions", '[');
		if (w)
			json_text(w, NULL, places[i].function);
		else
			text_printf(t, "%s%s", any ? ", " : "  functions     ", places[i].function);
		any = true;
	}
	if (w && any)
		json_close(w, ']');
	else if (any)
		text_put(t, "\n", 1);
}

/* "{ns}ip route get {dst}": what a journey would fill in stands there as DST. */
static void put_advice(struct text *t, const char *text)
{
	/* what is no name of a thing, as it is in the common case */
	static const struct {
		const char *part, *word;
	} usual[] = {
		{"{ns}", ""},	   {"{there}", ""},
		{"{-6}", ""},	   {"{6}", ""},
		{"{asked}", ""},   {"{tunnels}", ""},
		{"{ip}", "ip"},	   {"{sockets}", "ss -tuanmp sport = :DPORT"},
		{"{ipv}", "ipv4"}, {"{listeners}", "ss -tulnp sport = :DPORT"},
	};
	bool inside = false;

	for (; *text; text++) {
		size_t i = 0, n = sizeof(usual) / sizeof(usual[0]);

		while (i < n && strncmp(text, usual[i].part, strlen(usual[i].part)))
			i++;
		if (i < n) {
			text_put(t, usual[i].word, strlen(usual[i].word));
			text += strlen(usual[i].part) - 1;
		} else if (*text == '{' || *text == '}') {
			inside = *text == '{';
		} else {
			text_printf(t, "%c", inside ? toupper((unsigned char)*text) : *text);
		}
	}
}

static void put_json(struct text *t, const struct entry *e)
{
	struct json w = {.out = t};
	struct text next = {0};

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "explain");
	json_text(&w, "kind", e->kind);
	json_text(&w, "name", e->name);
	if (e->layer)
		json_text(&w, "layer", layer_name(e->layer));
	if (e->reason && e->station)
		json_text(&w, "station", station_name(e->station));
	json_bool(&w, "benign", e->reason && e->reason->benign);
	json_text(&w, "meaning", e->meaning);
	if (e->reason && !e->reason->benign) {
		struct advice_row a = catalogue_advice(e->reason);

		if (a.sees)
			json_text(&w, "sender_sees", a.sees);
		put_advice(&next, a.next);
		json_text(&w, "next", next.s);
	}
	put_functions(t, &w, e);
	json_close(&w, '}');
	text_put(t, "\n", 1);
	text_free(&next);
}

static void put_long(struct text *t, const struct entry *e)
{
	text_printf(t, "%s (%s)\n  meaning       %s\n", e->name, e->kind, e->meaning);
	if (e->layer)
		text_printf(t, "  layer         %s\n", layer_name(e->layer));
	if (e->reason && e->station)
		text_printf(t, "  station       %s\n", station_name(e->station));
	if (e->reason && e->reason->benign) {
		text_printf(t, "  harmless      not counted as a drop\n");
	} else if (e->reason) {
		struct advice_row a = catalogue_advice(e->reason);

		text_printf(t, "  sender sees   %s\n",
			    a.sees ? a.sees
				   : "depends on the answer: an ICMP error, a reset or nothing");
		text_printf(t, "  next          ");
		put_advice(t, a.next);
		text_put(t, "\n", 1);
	}
	put_functions(t, NULL, e);
}

static void put(struct text *t, const struct options *o, const struct entry *e)
{
	size_t line = t->n;

	if (o->json) {
		put_json(t, e);
	} else if (o->filter[0]) {
		put_long(t, e);
	} else {
		text_printf(t, "%s", e->name);
		text_pad(t, line, 27);
		text_printf(t, "%s%s\n", e->meaning,
			    e->reason && e->reason->benign ? " (harmless)" : "");
	}
}

/* How unlike two words are, for "did you mean": letters that are not in the same order in both. */
static unsigned unlike(const char *a, const char *b)
{
	unsigned common = 0, la = strlen(a), lb = strlen(b);

	for (const char *p = b; *a; a++) {
		const char *hit = p;

		while (*hit && tolower((unsigned char)*hit) != tolower((unsigned char)*a))
			hit++;
		if (*hit && hit - p < 4) {
			common++;
			p = hit + 1;
		}
	}
	return la + lb - 2 * common;
}

static int unknown(const char *word)
{
	const struct reason_row *reasons;
	const char *near = "";
	unsigned best = 8, d;
	size_t n;

	reasons = catalogue_reasons(&n);
	for (size_t i = 0; i < n; i++)
		if ((d = unlike(word, reasons[i].name)) < best) {
			best = d;
			near = reasons[i].name;
		}
	for (int s = WB_STATION_NONE + 1; s < WB_STATION_MAX; s++)
		if ((d = unlike(word, station_name(s))) < best) {
			best = d;
			near = station_name(s);
		}
	return fail(EXIT_USAGE, "explain %s: no such reason or station; %s%s%s", word,
		    near[0] ? "did you mean " : "'waybill explain' lists all", near,
		    near[0] ? "?" : "");
}

static bool named(const char *word, const char *name)
{
	return !word[0] || !strcasecmp(word, name) ||
	       (!strncasecmp(word, "SKB_DROP_REASON_", 16) && !strcasecmp(word + 16, name));
}

int cmd_explain(int argc, char **argv)
{
	const struct reason_row *reasons;
	struct text t = {0};
	struct options o;
	size_t n;
	int r = EXIT_USAGE;

	if (options_parse(&o, FOR_EXPLAIN, argc, argv))
		goto out;
	r = EXIT_DONE;
	if (o.help) {
		options_help("explain [REASON|STATION]", "What a drop reason or a station means.",
			     FOR_EXPLAIN);
		goto out;
	}
	for (int s = WB_STATION_NONE + 1; s < WB_STATION_MAX; s++)
		if (named(o.filter, station_name(s)))
			put(&t, &o,
			    &(struct entry){.kind = "station",
					    .name = station_name(s),
					    .meaning = catalogue_station(s),
					    .layer = station_layer(s),
					    .station = s});
	reasons = catalogue_reasons(&n);
	for (size_t i = 0; i < n; i++)
		if (named(o.filter, reasons[i].name))
			put(&t, &o,
			    &(struct entry){.kind = "reason",
					    .name = reasons[i].name,
					    .meaning = reasons[i].meaning,
					    .layer = reasons[i].layer,
					    .station = reasons[i].station,
					    .reason = &reasons[i]});
	if (t.n)
		fwrite(t.s, 1, t.n, stdout);
	else
		r = unknown(o.filter);
out:
	fflush(stdout);
	text_free(&t);
	options_clear(&o);
	return r;
}
