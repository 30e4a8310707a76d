/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any text as a packet: an error has its place in it, what is taken prints as the same packet, and
 * its bytes can be read again. Any bytes as a frame: nothing is read beyond them.
 */
#include <stdlib.h>
#include <string.h>

#include "send/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t arbitrary(void *arg)
{
	return *(uint32_t *)arg += 77777;
}

static void check_text(const char *text)
{
	static struct send_packet p, q;
	static struct send_frame f, g;
	struct send_error err;
	struct send_key k;
	struct text t = {0};
	uint32_t n = 0;

	if (send_parse(text, &p, &err)) {
		must(err.what[0] && err.at + err.n <= strlen(text));
		return;
	}
	send_fill(&p, arbitrary, &n);
	if (send_frame_make(&p, &f, &err))
		return;
	must(send_frame_read(f.bytes, f.n, &k));
	if (!strpbrk(p.file, "\"\\")) {
		send_print(&t, &p);
		must(!send_parse(t.s, &q, &err));
		send_fill(&q, arbitrary, &n);
		must(!send_frame_make(&q, &g, &err));
		must(f.n == g.n && !memcmp(f.bytes, g.bytes, f.n));
	}
	text_free(&t);
}

/* Its own source becomes another; it is still as long, and as whole, as it was. */
static void check_frame(uint8_t *bytes, size_t n)
{
	struct rewrite r = {.to = {.addr = {192, 0, 2, 1}, .port = 9, .has_port = true}};
	struct send_key k;

	if (!send_frame_read(bytes, n, &k))
		return;
	r.family = k.family;
	memcpy(r.from.addr, k.saddr, sizeof(r.from.addr));
	rewrite_frame(&r, 1, bytes, n, &k);
	must(send_frame_read(bytes, n, &k));
	must(!k.family || !memcmp(k.saddr, r.to.addr, k.family == 4 ? 4 : 16));
}

static void check_words(const char *text)
{
	struct rewrite r;

	must(rewrite_parse(text, &r) || r.family == 4 || r.family == 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);
	uint8_t *bytes = malloc(size ? size : 1);

	must(text && bytes);
	memcpy(text, data, size);
	memcpy(bytes, data, size);
	check_frame(bytes, size);
	check_words(text);
	check_text(text);
	free(text);
	free(bytes);
	return 0;
}
