/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of report: whatever the names are, its only tags and its only script are its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flows/flows.h"
#include "model/latency.h"
#include "output/html.h"

#define EVIL "\"'><script>x</script>&\033[2J\xff"

static struct journey hostile(void)
{
	struct journey j = {.has_packet = true,
			    .number = 7,
			    .outcome = OUTCOME_DROPPED,
			    .has_drop = true,
			    .flow_id = 1,
			    .wall_ns = 1000,
			    .packet = {.family = 4, .proto = 17, .sport = 1, .dport = 2}};
	struct decider *d = decider_new(DECIDER_NFT_RULE);

	decider_set_text(d, "table", EVIL);
	decider_set_text(d, "rule", EVIL);
	j.steps = calloc(3, sizeof(*j.steps));
	j.n_steps = 3;
	for (int i = 0; i < 3; i++) {
		struct step *s = &j.steps[i];

		*s = (struct step){.station = i ? WB_STATION_NF_FORWARD : WB_STATION_RX,
				   .dt_ns = 100 * i,
				   .at.netns_inum = 5};
		snprintf(s->at.netns, sizeof(s->at.netns), "%s", EVIL);
		snprintf(s->at.dev, sizeof(s->at.dev), "\"><b>");
		snprintf(s->note, sizeof(s->note), "%s", EVIL);
		s->task.has = true;
		memcpy(s->task.raw.comm, "<i onclick=1>", 14);
	}
	j.steps[2].verdict = VERDICT_DROP;
	j.drop = (struct drop){.layer = WB_LAYER_NETFILTER,
			       .station = WB_STATION_NF_FORWARD,
			       .at = j.steps[2].at,
			       .decider = d};
	snprintf(j.drop.reason, sizeof(j.drop.reason), "%s", EVIL);
	snprintf(j.why, sizeof(j.why), "%s", EVIL);
	snprintf(j.next, sizeof(j.next), "%s", EVIL);
	return j;
}

static void put_flow(void *arg, struct flow *f)
{
	html_flow(arg, f);
}

static char *page(void)
{
	static const struct sink_opts o;
	struct sink_summary sum = {.journeys = {[OUTCOME_DROPPED] = 1}};
	struct flows *flows = flows_new(put_flow, NULL);
	struct text t = {0}, journeys = {0}, flow_parts = {0};
	struct html_causes causes = {0};
	struct html_path path = {0};
	struct tally tally = {0};
	struct journey j = hostile();
	struct html_page p = {.title = EVIL,
			      .sum = &sum,
			      .tally = &tally,
			      .path = &path,
			      .causes = &causes,
			      .flows = &flow_parts,
			      .journeys = &journeys};

	snprintf(p.version, sizeof(p.version), "<u>");
	snprintf(p.kernel, sizeof(p.kernel), "%s", EVIL);
	assert_int_equal(tally_add(&tally, &j), 0);
	assert_int_equal(html_path_add(&path, &j), 0);
	assert_int_equal(html_causes_add(&causes, &j), 0);
	assert_int_equal(flows_journey(flows, &j), 0);
	html_journey(&journeys, &j, &o);
	flows_each(flows, put_flow, &flow_parts);
	html_page_put(&t, &p);
	/* the same station twice is one visit, and one death */
	assert_int_equal(path.n_nodes, 2);
	assert_int_equal(path.nodes[1].n, 1);
	assert_int_equal(path.nodes[1].died, 1);
	assert_int_equal(path.n_edges, 1);
	flows_free(flows);
	tally_clear(&tally);
	html_path_clear(&path);
	html_causes_clear(&causes);
	text_free(&journeys);
	text_free(&flow_parts);
	journey_clear(&j);
	return t.s;
}

static bool is_tag(const char *s)
{
	static const char *const tags[] = {"!DOCTYPE html>",
					   "html",
					   "/html>",
					   "head>",
					   "/head>",
					   "meta ",
					   "title>",
					   "/title>",
					   "style>",
					   "/style>",
					   "body>",
					   "/body>",
					   "h1>",
					   "/h1>",
					   "h2>",
					   "/h2>",
					   "p>",
					   "p ",
					   "/p>",
					   "div ",
					   "/div>",
					   "b>",
					   "b ",
					   "/b>",
					   "span ",
					   "/span>",
					   "svg ",
					   "/svg>",
					   "g>",
					   "/g>",
					   "rect ",
					   "text ",
					   "/text>",
					   "path ",
					   "/path>",
					   "table ",
					   "/table>",
					   "tr>",
					   "/tr>",
					   "td>",
					   "td ",
					   "/td>",
					   "th>",
					   "th ",
					   "/th>",
					   "a ",
					   "/a>",
					   "code>",
					   "/code>",
					   "details ",
					   "/details>",
					   "summary>",
					   "/summary>",
					   "pre>",
					   "/pre>",
					   "input ",
					   "script>",
					   "/script>"};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (!strncmp(s, tags[i], strlen(tags[i])))
			return true;
	return false;
}

static void tags(void **state)
{
	char *html = page(), *script = strstr(html, "<script>");

	(void)state;
	assert_non_null(script);
	assert_null(strstr(script + 1, "<script"));
	assert_null(strchr(html, '\033'));
	assert_null(strchr(html, '\xff'));
	assert_null(strstr(html, "<i onclick"));
	assert_null(strstr(html, "<b>\"")); /* the device's name */
	assert_non_null(strstr(html, "&lt;script&gt;"));
	*script = 0; /* which has operators of its own */
	for (char *s = html; (s = strchr(s, '<')); s++)
		if (!is_tag(s + 1))
			fail_msg("%.40s", s);
	free(html);
}

/* The times of a leg, in powers of two. */
static void buckets(void **state)
{
	struct latency l = {0};
	struct journey j = hostile();

	(void)state;
	j.steps[1].dt_ns = 1000;
	j.steps[2].dt_ns = 1000;
	for (int i = 0; i < 99; i++)
		assert_int_equal(latency_add(&l, &j), 0);
	j.steps[1].dt_ns = 5000000;
	j.steps[2].dt_ns = 5000000;
	assert_int_equal(latency_add(&l, &j), 0);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.legs[0].n, 100);
	assert_int_equal(l.legs[0].buckets[10], 99); /* 512 to 1023 ns */
	assert_int_equal(l.legs[0].buckets[23], 1);
	assert_int_equal(l.legs[0].max_ns, 5000000);
	assert_int_equal(latency_percentile(&l.legs[0], 50), 1024);
	assert_int_equal(latency_percentile(&l.legs[0], 100), 5000000);
	assert_int_equal(l.legs[1].buckets[0], 100);
	latency_clear(&l);
	journey_clear(&j);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags),
		cmocka_unit_test(buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
