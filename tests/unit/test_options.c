/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: what each form sets, and that a wrong one is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/options.h"

/* Splits line at spaces and parses it; standard error goes to a file that is read back. */
static int parse(struct options *o, unsigned command, const char *line, char *said, size_t size)
{
	static char words[256];
	char *argv[32] = {"waybill"};
	int argc = 1, saved, r;
	FILE *f = tmpfile();
	size_t n;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(fileno(f), STDERR_FILENO);
	r = options_parse(o, command, argc, argv);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(f);
	n = fread(said, 1, size - 1, f);
	said[n] = 0;
	fclose(f);
	return r;
}

static void sets(void **state)
{
	struct options o;
	char said[256];

	(void)state;
	assert_int_equal(parse(&o, FOR_TRACE,
			       "-djvv -c 5 --interface=eth0 -i eth1 -Nblue -N red --duration 1.5s "
			       "-s 50us --buffer "
			       "4M --color never --attach nf --attach tc:r0 udp port 9000",
			       said, sizeof(said)),
			 0);
	assert_true(o.drops_only && o.json && !o.all && !o.quiet);
	assert_int_equal(o.verbose, 2);
	assert_int_equal(o.count, 5);
	assert_int_equal(o.interface.n, 2);
	assert_string_equal(o.interface.word[1], "eth1");
	assert_int_equal(o.snaplen, 262);
	assert_int_equal(o.netns.n, 2);
	assert_string_equal(o.netns.word[0], "blue");
	assert_string_equal(o.netns.word[1], "red");
	assert_int_equal(o.duration_ns, 1500000000);
	assert_int_equal(o.slower_ns, 50000);
	assert_int_equal(o.buffer, 4 << 20);
	assert_string_equal(o.color, "never");
	assert_int_equal(o.attach.n, 2);
	assert_string_equal(o.attach.word[1], "tc:r0");
	assert_string_equal(o.filter, "udp port 9000");
	options_clear(&o);
}

static void filters(void **state)
{
	static const struct {
		const char *line, *filter;
	} rows[] = {
		{"", ""},
		{"-j", ""},
		{"--", ""},
		{"-- -j", "-j"},
		{"-j -- ip[0] & 0xf", "ip[0] & 0xf"},
		{"tcp -j", "tcp"}, /* as tcpdump: options may stand behind the filter */
		{"tcp -c 3 port 80 -j", "tcp port 80"},
		{"tcp -- -j", "tcp -j"},
		{"ip[1] = -1", "ip[1] = -1"},
		{"- x", "- x"},
	};
	char said[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options o;

		assert_int_equal(parse(&o, FOR_TRACE, rows[i].line, said, sizeof(said)), 0);
		assert_string_equal(o.filter, rows[i].filter);
		options_clear(&o);
	}
}

static void times_and_sizes(void **state)
{
	static const struct {
		const char *line;
		uint64_t ns;
	} rows[] = {{"--duration 1ns", 1},
		    {"--duration 500ms", 500000000},
		    {"--duration 10s", 10000000000},
		    {"--duration 2m", 120000000000},
		    {"--duration 1h", 3600000000000}};
	char said[256];
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(&o, FOR_TRACE, rows[i].line, said, sizeof(said)), 0);
		assert_int_equal(o.duration_ns, rows[i].ns);
		options_clear(&o);
	}
	assert_int_equal(parse(&o, FOR_TRACE, "--buffer 64k", said, sizeof(said)), 0);
	assert_int_equal(o.buffer, 65536);
	options_clear(&o);
}

/* One line that names the option and says what is wrong with it. */
static void refuses(void **state)
{
	static const struct {
		unsigned command;
		const char *line, *said;
	} rows[] = {
		{FOR_TRACE, "--colour never", "did you mean --color?"},
		{FOR_TRACE, "--drop-only", "did you mean --drops-only?"},
		{FOR_TRACE, "-Z", "-Z: no such option"},
		{FOR_TRACE, "-jZ", "-Z: no such option"},
		{FOR_CHECK, "--count 3",
		 "--count: no option of 'waybill check', but of 'waybill trace'"},
		{FOR_DROPS, "--textfile x", "but of 'waybill export'"},
		{FOR_TRACE, "-r x",
		 "-r: no option of 'waybill trace', but of 'waybill drops', 'waybill read'"},
		{FOR_TRACE, "-c 0", "--count 0: not a number above 0"},
		{FOR_TRACE, "-c 5 --count 6", "--count 6: given twice"},
		{FOR_TRACE, "--color auto --color never", "--color never: given twice"},
		{FOR_TRACE, "--duration 5", "not a time above 0, with its unit"},
		{FOR_TRACE, "--duration 0s", "not a time above 0"},
		{FOR_TRACE, "--fold --no-fold", "one of them"},
		{FOR_TRACE, "-S -1", "--snaplen -1: not a number"},
		{FOR_CHECK, "udp", "udp: takes options only"},
		{FOR_STATIONS, "-j eth0", "eth0: takes options only"},
		{FOR_TRACE, "-c", "-c needs a value: N"},
		{FOR_TRACE, "-c x", "--count x: not a number"},
		{FOR_TRACE, "-c -1", "--count -1: not a number"},
		{FOR_TRACE, "--count=", "--count : not a number"},
		{FOR_TRACE, "--duration 5x", "--duration 5x: not a time"},
		{FOR_TRACE, "--duration nan", "not a time"},
		{FOR_TRACE, "--buffer 1T", "not a size"},
		{FOR_TRACE, "--mode foo", "not one of auto,fentry,kprobe,tracepoint"},
		{FOR_TRACE, "--mode auto,fentry", "not one of"},
		{FOR_TRACE, "--mode ob", "not one of"},
		{FOR_TRACE, "--json=yes", "--json takes no value"},
		{FOR_TRACE, "--interface=", "--interface: an empty value"},
	};
	char said[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options o;

		if (!parse(&o, rows[i].command, rows[i].line, said, sizeof(said)))
			fail_msg("'%s' was taken", rows[i].line);
		if (!strstr(said, rows[i].said))
			fail_msg("'%s' said: %s", rows[i].line, said);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
		options_clear(&o);
	}
}

/* What scripts rely on: every form of every option that trace promises. */
static void promised(void **state)
{
	static const char *const lines[] = {
		"-i x",
		"--interface x",
		"-N x",
		"--netns x",
		"-c 1",
		"--count 1",
		"--duration 1s",
		"-d",
		"--drops-only",
		"-s 1us",
		"--slower-than 1us",
		"-a",
		"--all",
		"-j",
		"--json",
		"-w x",
		"--write x",
		"-v",
		"-vv",
		"-n",
		"--color auto",
		"--color always",
		"--color never",
		"--mode auto",
		"--mode fentry",
		"--mode kprobe",
		"--mode tracepoint",
		"--attach nf",
		"--nft-trace",
		"--read-only",
		"--fail-on-drop",
		"--expect dropped:nf.forward:NETFILTER_DROP",
		"--buffer 1M",
		"-S 0",
		"--snaplen 96",
		"--fold",
		"--no-fold",
		"--brief",
		"--time local",
		"--time utc",
		"--time epoch",
		"--time date",
		"--time relative",
		"--time delta",
		"--until-exit true",
		"-i x -i y",
		"-N x -N y",
		"--expect delivered --expect dropped",
		"-q",
		"--quiet",
		"-V",
		"--version",
		"-h",
		"--help",
	};
	char said[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct options o;

		if (parse(&o, FOR_TRACE, lines[i], said, sizeof(said)))
			fail_msg("'%s' was refused: %s", lines[i], said);
		options_clear(&o);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets),
		cmocka_unit_test(filters),
		cmocka_unit_test(times_and_sizes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
