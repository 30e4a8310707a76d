/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sinks over one journey that has everything: text and JSON say the same, the lines are as
 * tests/schema/ says, no foreign name reaches the terminal as it is, and the pcapng file is whole.
 * WAYBILL_LINES=FILE also holds the lines of a real run against the schemas.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "output/sink.h"
#include "schema.h"
#include "util/text.h"

static struct step *step(struct journey *j, enum wb_station station, enum verdict v, uint64_t dt_ns)
{
	struct step *s = &j->steps[j->n_steps++];

	s->station = station;
	s->verdict = v;
	s->dt_ns = dt_ns;
	s->at = (struct place){4026532420, 2, "R", "r0"};
	s->cpu = 1;
	s->skb = 0xffff888012345678;
	s->len = 62;
	return s;
}

static struct decider *rule(const char *text, int64_t handle)
{
	struct decider *d = decider_new(DECIDER_NFT_RULE);

	decider_set_text(d, "family", "inet");
	decider_set_text(d, "table", "f");
	decider_set_text(d, "chain", "deny");
	decider_set_number(d, "handle", handle);
	decider_set_text(d, "rule", text);
	return d;
}

/* UDP from A through R, source rewritten, then dropped by a rule in FORWARD. */
static void build(struct journey *j)
{
	struct wb_packet p = {.family = 4,
			      .proto = 17,
			      .sport = 40222,
			      .dport = 9000,
			      .segments = 1,
			      .payload = 34,
			      .ip_len = 62,
			      .l2_len = 14,
			      .saddr = {10, 1, 0, 1},
			      .daddr = {10, 2, 0, 2}};
	struct step *s;

	*j = (struct journey){.id = 99,
			      .number = 17,
			      .flow_id = 0xabc,
			      .wall_ns = 1700000000123456789,
			      .duration_ns = 15200,
			      .outcome = OUTCOME_DROPPED,
			      .packet = p,
			      .has_packet = true,
			      .len = 34,
			      .segments = 1,
			      .has_drop = true,
			      .has_icmp = true,
			      .gap = true,
			      .truncated = true};
	j->steps = calloc(16, sizeof(*j->steps));
	s = step(j, WB_STATION_SOCKET_SEND, VERDICT_NONE, 0);
	s->task.has = true;
	s->task.raw.pid = 4711;
	memcpy(s->task.raw.comm, "cu\033rl", 6);
	s = step(j, WB_STATION_XDP, VERDICT_PASS, 900);
	s->decider = decider_new(DECIDER_XDP_PROGRAM);
	decider_set_number(s->decider, "id", 251);
	decider_set_text(s->decider, "name", "lb_main");
	decider_set_text(s->decider, "mode", "native");
	s = step(j, WB_STATION_NF_PREROUTING, VERDICT_ACCEPT, 2200);
	s->ct = (struct step_ct){true, {.has = 1, .info = 2, .zone = 77}};
	s = step(j, WB_STATION_NAT, VERDICT_NONE, 2500);
	s->rewritten = true;
	s->packet = p;
	s->packet.saddr[3] = 254;
	s = step(j, WB_STATION_ROUTE_IN, VERDICT_FORWARD, 3400);
	s->route = (struct step_route){
		true, {.table = 254, .oif = 3}, "r1", "10.2.0.253", "10.2.0.0/24"};
	s = step(j, WB_STATION_QDISC, VERDICT_NONE, 3500);
	s->qdisc = calloc(1, sizeof(*s->qdisc));
	*s->qdisc = (struct wb_qdisc_body){
		.handle = 0x80010000, .qlen = 314, .backlog = 2718, .kind = "tbf"};
	s = step(j, WB_STATION_NEIGHBOUR, VERDICT_RESOLVING, 3600);
	s->neigh = calloc(1, sizeof(*s->neigh));
	*s->neigh = (struct wb_neigh_body){.family = 4, .nud_state = 1, .addr = {10, 9, 8, 7}};
	s = step(j, WB_STATION_SOCKET_QUEUE, VERDICT_NONE, 3700);
	s->sock = calloc(1, sizeof(*s->sock));
	*s->sock = (struct wb_sock_body){.sport = 9443, .rmem = 1618, .rcvbuf = 2048};
	s = step(j, WB_STATION_NF_FORWARD, VERDICT_DROP, 4000);
	snprintf(s->function, sizeof(s->function), "nf_hook_slow");
	snprintf(s->note, sizeof(s->note), "a note of it");
	j->drop = (struct drop){.layer = WB_LAYER_NETFILTER,
				.station = WB_STATION_NF_FORWARD,
				.reason = "NETFILTER_DROP",
				.location = "nft_do_chain",
				.at = s->at,
				.decider = decider_new(DECIDER_NFT_RULE)};
	decider_add_candidate(j->drop.decider, rule("ip saddr @bad counter drop", 7));
	decider_add_candidate(j->drop.decider, rule("udp dport 9000 drop", 8));
	s->decider = decider_ref(j->drop.decider);
	j->icmp = (struct wb_icmp_body){.type = 3, .code = 13};
	j->links = calloc(1, sizeof(*j->links));
	j->links[j->n_links++] = (struct link){
		.how = WB_LINK_SEGMENT, .is_parent = true, .other = 0x5150, .number = 7};
	strcpy(j->sender_sees, "unreachable");
	strcpy(j->why, "one of two rules dropped it");
	strcpy(j->next, "nft -a list chain inet f deny");
	j->raw = (struct wb_raw){.caplen = 62, .l2 = 1};
	memset(j->raw.data, 0xa5, 62);
}

/* What a sink writes for one journey, with the lines before and after. Malloced, size in n. */
static char *written(struct sink *(*make)(const struct sink_opts *), int verbose, bool color,
		     size_t *n)
{
	static const enum wb_station missing[] = {WB_STATION_DEFRAG};
	struct sink_start start = {"0.1", "6.1", "fentry", 42, missing, 1};
	struct sink_summary sum = {
		.events = 9, .lost_events = 1, .journeys = {1, 2, 3, 4, 5, 6, 7}};
	struct sink_opts o = {.verbose = verbose, .color = color};
	struct journey j;
	struct sink *s;
	char *out;

	o.out = open_memstream(&out, n);
	s = make(&o);
	build(&j);
	assert_int_equal(sink_start(s, &start), 0);
	assert_int_equal(s->ops->journey(s, &j), 0);
	if (make != sink_text_new)
		assert_int_equal(sink_summary(s, &sum), 0);
	sink_free(s);
	if (make != sink_pcapng_new) /* which closes it itself */
		fclose(o.out);
	journey_clear(&j);
	return out;
}

/* Each fact of the journey, as it stands in both. */
static void same_facts(void **state)
{
	static const char *const facts[] = {
		"17",
		"10.1.0.1",
		"10.2.0.2",
		"40222",
		"9000",
		"34",
		"R",
		"r0",
		"251",
		"lb_main",
		"native",
		"pass",
		"accept",
		"new",
		"77",
		"10.1.0.254",
		"r1",
		"10.2.0.253",
		"10.2.0.0/24",
		"forward",
		"tbf",
		"314",
		"2718",
		"10.9.8.7",
		"incomplete",
		"resolving",
		"9443",
		"1618",
		"2048",
		"4711",
		"a note of it",
		"nf_hook_slow",
		"netfilter",
		"NETFILTER_DROP",
		"nft_do_chain",
		"deny",
		"ip saddr @bad counter drop",
		"udp dport 9000 drop",
		"13",
		"segment",
		"unreachable",
		"one of two rules dropped it",
		"nft -a list chain inet f deny",
		"ffff888012345678",
	};
	size_t n;
	char *text = written(sink_text_new, 2, false, &n),
	     *json = written(sink_json_new, 2, false, &n);

	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (!strstr(text, facts[i]))
			fail_msg("the text lacks %s:\n%s", facts[i], text);
		if (!strstr(json, facts[i]))
			fail_msg("the JSON lacks %s:\n%s", facts[i], json);
	}
	free(text);
	free(json);
}

static void looks(void **state)
{
	size_t n;
	char *text = written(sink_text_new, 0, false, &n);

	(void)state;
	assert_memory_equal(text, "#17 UDP 10.1.0.1:40222 > 10.2.0.2:9000 len 34", 45);
	assert_non_null(strstr(text, "DROPPED at netfilter FORWARD"));
	assert_non_null(strstr(text, "+4.0us  R  nf         FORWARD"));
	assert_non_null(
		strstr(text, "r0 > r1       forward    10.2.0.0/24 via 10.2.0.253 table main\n"));
	assert_non_null(strstr(text, "cu\\x1brl[4711]"));
	assert_null(strchr(text, '\033'));
	for (char *p = text; (p = strchr(p, '\n')); p++)
		assert_true(p == text || p[-1] != ' ');
	assert_null(strstr(text, "nf_hook_slow"));
	free(text);
	text = written(sink_text_new, 0, true, &n);
	assert_non_null(strstr(text, "\033[1;31mDROP\033[0m       "));
	free(text);
}

/* Lines of a terminal of 80 columns, whatever the names; and equal journeys as a count. */
static void fits(void **state)
{
	struct sink_opts o = {.width = 80, .lines_fit = true, .fold = true};
	struct sink_summary sum = {0};
	struct journey j;
	struct sink *s;
	size_t n, line;
	char *out, *more;

	(void)state;
	o.out = open_memstream(&out, &n);
	s = sink_text_new(&o);
	build(&j);
	for (int i = 0; i < 3; i++) {
		snprintf(j.steps[i].at.netns, sizeof(j.steps[i].at.netns), "%s",
			 "a-name-of-a-namespace-that-is-very-long-indeed");
		snprintf(j.steps[i].at.dev, sizeof(j.steps[i].at.dev), "%s", "veth1234567890a");
	}
	for (int i = 0; i < 5; i++) {
		assert_int_equal(s->ops->journey(s, &j), 0);
		j.number++;
		j.wall_ns += 1000;
	}
	assert_int_equal(sink_summary(s, &sum), 0);
	sink_free(s);
	fclose(o.out);
	more = strstr(out, "4 more like #17: UDP 10.1.0.1:40222 > 10.2.0.2:9000");
	assert_non_null(more);
	assert_null(strstr(out, "#18"));
	assert_non_null(strstr(out, "[NETFILTER_DROP]"));
	for (char *p = out; *p; p += line + 1) {
		line = strcspn(p, "\n");
		/* commands are whole, so that they can be copied */
		if (line > 80 && strncmp(p, "         next", 13))
			fail_msg("%zu columns: %.*s", line, (int)line, p);
	}
	free(out);
	journey_clear(&j);
}

static json_t *schema_of(const char *type)
{
	char path[64];
	json_error_t e;
	json_t *s;

	snprintf(path, sizeof(path), "tests/schema/%.32s.json", type);
	s = json_load_file(path, 0, &e);
	if (!s)
		fail_msg("%s: %s", path, e.text);
	return s;
}

static void validate(char *lines)
{
	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
		char where[256] = "";
		json_t *v = json_loads(line, 0, NULL), *schema;

		if (!v)
			fail_msg("not JSON: %s", line);
		schema = schema_of(json_string_value(json_object_get(v, "type")));
		if (!schema_valid(schema, schema, v, where, sizeof(where)))
			fail_msg("not as the schema says at %s: %s", where, line);
		json_decref(schema);
		json_decref(v);
	}
}

static void as_schema(void **state)
{
	const char *file = getenv("WAYBILL_LINES");
	size_t n;
	char *lines = written(sink_json_new, 0, false, &n);

	(void)state;
	validate(lines);
	free(lines);
	if (file) {
		FILE *f = fopen(file, "re");

		assert_non_null(f);
		lines = NULL;
		while (getline(&lines, &n, f) > 0)
			validate(lines);
		free(lines);
		fclose(f);
	}
}

/* The closed sets are the same in the tables and in the schema. */
static void closed_sets(void **state)
{
	json_t *root = schema_of("journey"), *d = json_object_get(root, "definitions"), *s;
	json_t *stations = json_object_get(json_object_get(d, "station"), "enum");

	(void)state;
	assert_int_equal(json_array_size(stations), WB_STATION_MAX - 1);
	for (int i = 1; i < WB_STATION_MAX; i++)
		assert_string_equal(json_string_value(json_array_get(stations, i - 1)),
				    station_name(i));
	s = json_object_get(d, "decider");
	stations =
		json_object_get(json_object_get(json_object_get(s, "properties"), "kind"), "enum");
	assert_int_equal(json_array_size(stations), DECIDER_MAX - 1);
	for (int i = 1; i < DECIDER_MAX; i++)
		assert_string_equal(json_string_value(json_array_get(stations, i - 1)),
				    decider_kind_name(i));
	json_decref(root);
}

/* The sum that a checksum makes the same for whatever it covers. */
static unsigned ones_sum(const char *data, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint8_t)data[i] << 8 | (uint8_t)data[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Behind NAT: another address, and checksums that are as right as they were. */
static void behind_nat(const char *first, const char *last)
{
	assert_int_equal((uint8_t)last[12], 10);
	assert_int_equal((uint8_t)last[15], 254);
	assert_memory_equal(first, last, 10);
	assert_memory_not_equal(first + 10, last + 10, 2);
	assert_int_equal(ones_sum(first, 20), ones_sum(last, 20));
	/* UDP's covers the addresses, too */
	assert_memory_not_equal(first + 26, last + 26, 2);
	assert_int_equal(ones_sum(first + 12, 36), ones_sum(last + 12, 36));
}

/* Walks the blocks: types in order, both lengths of each the same, the comment and bytes inside. */
static void pcapng(void **state)
{
	/* an interface stands before its first packet, whose form behind NAT follows */
	static const uint32_t types[] = {0x0a0d0d0a, 1, 6, 6};
	size_t n, at = 0, first = 0;
	char *file = written(sink_pcapng_new, 0, true, &n);
	uint32_t word[8];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(at + 32 <= n);
		memcpy(word, file + at, sizeof(word));
		assert_int_equal(word[0], types[i]);
		assert_int_equal(word[1] % 4, 0);
		assert_true(at + word[1] <= n);
		memcpy(&word[0], file + at + word[1] - 4, 4);
		assert_int_equal(word[0], word[1]);
		if (i == 2)
			first = at;
		at += word[1];
	}
	assert_int_equal(at, n);
	at -= word[1];
	behind_nat(file + first + 28 + 20, file + at + 28 + 20);
	assert_true(((uint64_t)word[3] << 32 | word[4]) > 1700000000123456789);
	memcpy(word, file + first, sizeof(word));
	assert_int_equal((uint64_t)word[3] << 32 | word[4], 1700000000123456789);
	assert_int_equal(word[5], 20 + 48); /* the cooked header, and what is kept above MAC */
	assert_int_equal(word[6], 20 + 62); /* what the IP header says */
	assert_int_equal((uint8_t)file[first + 28], 0x08); /* IPv4 */
	assert_non_null(memmem(file + first, at - first, "#17 UDP 10.1.0.1:40222", 22));
	assert_null(memmem(file + at, n - at, "#17 UDP 10.1.0.1:40222", 22));
	assert_null(memchr(file + first + 28 + 68, '\033', at - first - 96));
	assert_non_null(memmem(file, n, "R/r0", 4));
	free(file);
}

/* A full disk or a reader that left is an error, not silence. */
static void errors(void **state)
{
	struct sink_opts o = {.out = fopen("/dev/full", "we")};
	struct sink *s = sink_json_new(&o);
	struct journey j;

	(void)state;
	build(&j);
	setvbuf(o.out, NULL, _IONBF, 0); /* or the stream would keep it, and the error for later */
	assert_int_equal(s->ops->journey(s, &j), -ENOSPC);
	sink_free(s);
	fclose(o.out);
	journey_clear(&j);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_facts),  cmocka_unit_test(looks),
		cmocka_unit_test(fits),	       cmocka_unit_test(as_schema),
		cmocka_unit_test(closed_sets), cmocka_unit_test(pcapng),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
