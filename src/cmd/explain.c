/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill explain: the catalogue of reasons and stations. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "model/catalogue.h"
#include "util/json.h"

static void put(struct text *t, bool json, const char *kind, const char *name, const char *layer,
		const char *station, bool benign, const char *meaning)
{
	struct json w = {.out = t};

	if (!json) {
		text_printf(t, "%-26s %s%s%s", name, meaning, benign ? " (harmless)" : "",
			    layer[0] ? "" : "\n");
		if (layer[0])
			text_printf(t, " [%s%s%s]\n", layer, station[0] ? ", " : "", station);
		return;
	}
	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "explain");
	json_text(&w, "kind", kind);
	json_text(&w, "name", name);
	if (layer[0])
		json_text(&w, "layer", layer);
	if (station[0])
		json_text(&w, "station", station);
	json_bool(&w, "benign", benign);
	json_text(&w, "meaning", meaning);
	json_close(&w, '}');
	text_put(t, "\n", 1);
}

int cmd_explain(int argc, char **argv)
{
	const struct reason_row *reasons;
	struct text t = {0};
	struct options o;
	const char *word;
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
	word = o.filter;
	for (int s = WB_STATION_NONE + 1; s < WB_STATION_MAX; s++)
		if (!word[0] || !strcmp(word, station_name(s)))
			put(&t, o.json, "station", station_name(s), layer_name(station_layer(s)),
			    "", false, catalogue_station(s));
	reasons = catalogue_reasons(&n);
	for (size_t i = 0; i < n; i++)
		if (!word[0] || !strcmp(word, reasons[i].name))
			put(&t, o.json, "reason", reasons[i].name, layer_name(reasons[i].layer),
			    station_name(reasons[i].station), reasons[i].benign,
			    reasons[i].meaning);
	if (t.n)
		fwrite(t.s, 1, t.n, stdout);
	else
		r = fail(EXIT_USAGE,
			 "explain %s: no such reason or station; 'waybill explain' lists all",
			 word);
out:
	text_free(&t);
	options_clear(&o);
	return r;
}
