/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Noise through the filter compiler: no crash, and what comes out fits, stays inside itself and
 * ends. The input is an expression up to its first zero byte, then a packet to run it on.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"
#include "waybill/filter.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPR_MAX 400

static void die(const char *expr, const char *what)
{
	fprintf(stderr, "'%s': %s\n", expr, what);
	abort();
}

static void inspect(const char *expr, const struct filter_code *c)
{
	if (c->n > WB_FILTER_ROOM)
		die(expr, "too long");
	for (size_t i = 0; i < c->n; i++) {
		uint8_t class = c->insns[i].code & 7;
		long to = (long)i + 1 + c->insns[i].off;

		if ((class == BPF_JMP || class == BPF_JMP32) && (to <= (long)i || to > (long)c->n))
			die(expr, "jumps backwards or away");
		if (class == BPF_JMP && (c->insns[i].code & 0xf0) == BPF_CALL)
			die(expr, "calls");
	}
}

static void one(const char *expr, const uint8_t *packet, size_t n)
{
	char err[256] = "";
	struct filter f;
	int r = filter_compile(expr, &f, err, sizeof(err));

	if (r && !err[0])
		die(expr, "refused without a word");
	if (r)
		return;
	if (f.window > WB_WINDOW_MAX || (!f.all && f.l2.never && f.l3.never))
		die(expr, "nonsense");
	inspect(expr, &f.l2);
	inspect(expr, &f.l3);
	filter_match(&f, true, packet, n, n);
	filter_match(&f, false, packet, n, n + 100);
	filter_clear(&f);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	/* libpcap looks host names up: here they must find nobody to ask */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) && unshare(CLONE_NEWNET)) {
		perror("a network namespace of its own");
		exit(1);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = strnlen((const char *)data, size < EXPR_MAX ? size : EXPR_MAX);
	size_t from = n < size ? n + 1 : size;
	char expr[EXPR_MAX + 1];

	memcpy(expr, data, n);
	expr[n] = 0;
	one(expr, data + from, size - from);
	return 0;
}
