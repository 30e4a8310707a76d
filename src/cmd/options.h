/* SPDX-License-Identifier: GPL-2.0-only */
/* All options, one table: it parses them and prints the help. */
#ifndef WAYBILL_CMD_OPTIONS_H
#define WAYBILL_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_MAX 8

struct words { /* of an option that may be repeated */
	const char *word[WORDS_MAX];
	size_t n;
};

#define SNAPLEN_DEFAULT 262
#define BUDGET_DEFAULT	5 /* percent of a CPU */

struct option;
struct options {
	const char *write, *mode, *color, *read, *by, *time, *until_exit, *write_at;
	const char *output, *comm, *cgroup, *mark;
	const char *listen, *textfile, *labels;
	const char *in, *matrix; /* send: the device, a file */
	const char *as_cgroup, *as_mark; /* send: the sender's, which choose no journey */
	uint64_t count, duration_ns, slower_ns, buffer, interval_ns, snaplen, budget;
	uint64_t rotate_bytes, rotate_seconds, rotate_files, slowest, pid, uid;
	bool drops_only, all, json, numeric, nft_trace, read_only, fail_on_drop, quiet, help,
		version, flows, fold, no_fold, brief, histogram, dry, let_out, deliver,
		keep_conntrack, tap, out, handshake,
		sends; /* sends is no option: it is waybill send */
	int verbose;
	struct words attach, netns, interface, expect, where, rewrite;
	char *filter;			/* owned: the words after the options */
	size_t n_words;			/* how many; they stand at the front of argv */
	const struct option *given[48]; /* those that take one value */
	size_t n_given;
};

/* Which commands know an option: bits. */
enum {
	FOR_TRACE = 1,
	FOR_CHECK = 2,
	FOR_EXPLAIN = 4,
	FOR_DROPS = 8,
	FOR_TOP = 16,
	FOR_STATIONS = 32,
	FOR_RECORD = 64,
	FOR_READ = 128,
	FOR_EXPORT = 256,
	FOR_FLOWS = 512,
	FOR_DIFF = 1024,
	FOR_REPORT = 2048,
	FOR_SCHEMA = 4096,
	FOR_SEND = 8192,
};

/*
 * Parses argv[1..] for the command (one of FOR_*), and sorts argv: what is no option stands at its
 * front then. 0, or -EINVAL after one line on standard error.
 */
int options_parse(struct options *o, unsigned command, int argc, char **argv);
void options_help(const char *command_line, const char *summary, unsigned command);
/* One line of a help, broken as the others are. */
void options_help_line(const char *left, const char *help);
void options_clear(struct options *o);

#endif
