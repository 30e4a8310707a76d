/* SPDX-License-Identifier: GPL-2.0-only */
/* See flow_lines.h: two walks over one struct. */
#include "output/flow_lines.h"

#include <netinet/in.h>
#include <stdio.h>

#include "output/text_step.h"
#include "util/foreign.h"
#include "util/json.h"

static const char *const ways[WAYS] = {"ab", "ba"};
static const char *const names[WAYS] = {"a", "b"};

static const char *proto_name(const struct flow *f, char *buf, size_t size)
{
	const struct wb_packet p = {.family = f->family, .proto = f->proto};

	return packet_proto_name(&p, buf, size);
}

static void put_end(struct json *w, const char *key, const struct flow *f, enum flow_way who,
		    size_t i)
{
	char addr[64];

	json_open(w, key, '{');
	if (!key)
		json_text(w, "of", names[who]);
	json_text(w, "addr", packet_addr(f->family, f->ends[who][i].addr, addr, sizeof(addr)));
	if (f->has_ports)
		json_unsigned(w, "port", f->ends[who][i].port);
	json_close(w, '}');
}

static void put_both(struct json *w, const char *key, const uint64_t n[WAYS])
{
	json_open(w, key, '{');
	for (int i = 0; i < WAYS; i++)
		json_unsigned(w, ways[i], n[i]);
	json_close(w, '}');
}

static void put_legs(struct json *w, const struct flow *f)
{
	json_open(w, "legs", '[');
	for (size_t i = 0; i < f->n_legs; i++) {
		const struct flow_leg *l = &f->legs[i];

		json_open(w, NULL, '{');
		json_text(w, "way", ways[l->way]);
		json_text(w, "from", station_name(l->from));
		json_text(w, "to", station_name(l->to));
		if (l->dev[0])
			json_text(w, "dev", l->dev);
		json_unsigned(w, "netns_inum", l->netns);
		json_unsigned(w, "n", l->n);
		json_unsigned(w, "p50_ns", flow_percentile(l, 50));
		json_unsigned(w, "p99_ns", flow_percentile(l, 99));
		json_unsigned(w, "max_ns", l->max_ns);
		json_close(w, '}');
	}
	json_close(w, ']');
	if (f->legs_missing)
		json_bool(w, "legs_missing", true);
}

void flow_json(struct text *t, const struct flow *f, bool final)
{
	struct json w = {.out = t};
	char buf[160];

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "flow");
	snprintf(buf, sizeof(buf), "%016llx", (unsigned long long)f->id);
	json_text(&w, "flow", buf);
	json_text(&w, "proto", proto_name(f, buf, sizeof(buf)));
	put_end(&w, "a", f, WAY_AB, 0);
	put_end(&w, "b", f, WAY_BA, 0);
	json_open(&w, "nat", '[');
	for (int who = 0; who < WAYS; who++)
		for (size_t i = 1; i < f->n_ends[who]; i++)
			put_end(&w, NULL, f, who, i);
	json_close(&w, ']');
	json_text(&w, "state", flow_state(f, final));
	json_unsigned(&w, "ts_ns", f->first_ns);
	json_unsigned(&w, "duration_ns", f->last_ns - f->first_ns);
	put_both(&w, "packets", f->packets);
	put_both(&w, "bytes", f->bytes);
	json_unsigned(&w, "dropped", f->dropped);
	json_unsigned(&w, "retransmissions", f->retransmissions);
	if (f->zero_windows)
		json_unsigned(&w, "zero_windows", f->zero_windows);
	if (f->syn_ns && f->answer_ns)
		json_unsigned(&w, "handshake_ns", f->answer_ns - f->syn_ns);
	if (f->reset || f->refused)
		json_text(&w, "reset_by", names[f->reset_by]);
	if (final)
		json_bool(&w, "final", true);
	put_legs(&w, f);
	flow_waits_for(f, final, buf, sizeof(buf));
	if (buf[0])
		json_text(&w, "waits_for", buf);
	if (f->why[0])
		json_text(&w, "why", f->why);
	if (f->next[0])
		json_text(&w, "next", f->next);
	json_close(&w, '}');
	text_put(t, "\n", 1);
}

static void text_end(struct text *t, const struct flow *f, enum flow_way who, size_t i)
{
	char addr[64];

	packet_addr(f->family, f->ends[who][i].addr, addr, sizeof(addr));
	text_printf(t, f->family == 6 && f->has_ports ? "[%s]" : "%s", addr);
	if (f->has_ports)
		text_printf(t, ":%u", f->ends[who][i].port);
}

static void text_line(struct text *t, const char *word, const char *words)
{
	text_printf(t, "         %-6s", word);
	text_escaped(t, words);
	text_put(t, "\n", 1);
}

static void text_way(struct text *t, const struct flow *f, enum flow_way way)
{
	unsigned percent;
	const struct flow_leg *most = flow_dominant(f, way, &percent);

	text_printf(t, "         %s    %llu packet%s, %llu bytes", way == WAY_AB ? "a>b" : "b>a",
		    (unsigned long long)f->packets[way], f->packets[way] == 1 ? "" : "s",
		    (unsigned long long)f->bytes[way]);
	if (most) {
		text_printf(t, "; %u %% of the time from %s to %s", percent,
			    station_name(most->from), station_name(most->to));
		if (most->dev[0]) {
			text_put(t, " at ", 4);
			text_escaped(t, most->dev);
		}
	}
	text_put(t, "\n", 1);
	if (most)
		text_printf(t, "%49s%-10s%-10s%s\n", "", "median", "99 %", "worst");
	for (size_t i = 0; i < f->n_legs; i++) {
		const struct flow_leg *l = &f->legs[i];
		size_t line = t->n;

		if (l->way != way)
			continue;
		text_printf(t, "               %s > %s ", station_name(l->from),
			    station_name(l->to));
		text_escaped(t, l->dev);
		text_pad(t, line, 49);
		text_duration(t, flow_percentile(l, 50));
		text_pad(t, line, 59);
		text_duration(t, flow_percentile(l, 99));
		text_pad(t, line, 69);
		text_duration(t, l->max_ns);
		text_put(t, "\n", 1);
	}
}

void flow_text(struct text *t, const struct flow *f, bool final)
{
	char buf[160];

	text_upper(t, proto_name(f, buf, sizeof(buf)));
	text_put(t, " ", 1);
	text_end(t, f, WAY_AB, 0);
	text_put(t, " > ", 3);
	text_end(t, f, WAY_BA, 0);
	text_put(t, "  ", 2);
	text_upper(t, flow_state(f, final));
	if (f->dropped)
		text_printf(t, ", %llu dropped", (unsigned long long)f->dropped);
	if (f->retransmissions)
		text_printf(t, ", %llu sent again", (unsigned long long)f->retransmissions);
	if (f->zero_windows)
		text_printf(t, ", %llu zero windows", (unsigned long long)f->zero_windows);
	text_put(t, "\n", 1);
	for (int who = 0; who < WAYS; who++)
		for (size_t i = 1; i < f->n_ends[who]; i++) {
			text_printf(t, "         nat   %s is also ", names[who]);
			text_end(t, f, who, i);
			text_put(t, "\n", 1);
		}
	if (f->syn_ns && f->answer_ns) {
		text_printf(t, "         syn   answered after ");
		text_duration(t, f->answer_ns - f->syn_ns);
		text_printf(t, f->syns > 1 ? ", sent %u times\n" : "\n", f->syns);
	}
	if (f->reset || f->refused)
		text_printf(t, "         end   %s by %s\n", f->refused ? "refused" : "reset",
			    names[f->reset_by]);
	text_way(t, f, WAY_AB);
	if (f->packets[WAY_BA])
		text_way(t, f, WAY_BA);
	flow_waits_for(f, final, buf, sizeof(buf));
	if (buf[0])
		text_line(t, "waits", buf);
	if (f->place[0])
		text_line(t, "lost", f->place);
	if (f->why[0])
		text_line(t, "why", f->why);
	if (f->next[0])
		text_line(t, "next", f->next);
}
