/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_list.h. What the words mean is in src/send/. */
#include "cmd/send_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cmd/cmd.h"
#include "util/foreign.h"

static uint32_t arbitrary(void *arg)
{
	uint32_t v = 0;

	(void)arg;
	if (getrandom(&v, sizeof(v), 0) != sizeof(v))
		v = 1;
	return v;
}

/* The text again, with the place below it. */
static int refuse(const char *text, const struct send_error *e)
{
	struct text t = {.ascii = 1};
	size_t column;
	char *before = strndup(text, e->at);

	fail(EXIT_USAGE, "the packet, at its byte %zu: %s", e->at + 1, e->what);
	text_escaped(&t, before ? before : "");
	column = t.n;
	text_reset(&t);
	text_escaped(&t, text);
	fprintf(stderr, "    %s\n    %*s^\n", t.s ? t.s : "", (int)column, "");
	text_free(&t);
	free(before);
	return EXIT_USAGE;
}

static int read_payload(struct send_packet *p)
{
	FILE *f = p->file[0] ? fopen(p->file, "re") : NULL;

	if (!p->file[0])
		return EXIT_DONE;
	if (!f)
		return fail(EXIT_CANNOT, "payload @%s: %s", p->file, strerror(errno));
	p->n_payload = fread(p->payload, 1, sizeof(p->payload), f);
	if (p->n_payload == sizeof(p->payload) && fgetc(f) != EOF) {
		fclose(f);
		return fail(EXIT_CANNOT, "payload @%s: more than %zu bytes", p->file,
			    sizeof(p->payload));
	}
	fclose(f);
	p->file[0] = 0;
	return EXIT_DONE;
}

static int ask_ground(struct agent *agent, const char *dev, const struct send_packet *p,
		      struct ground *ret)
{
	static struct agent_request q;
	static struct agent_reply r;

	q = (struct agent_request){.what = AGENT_GROUND, .family = p->family};
	snprintf(q.dev, sizeof(q.dev), "%s", dev);
	memcpy(q.addr, p->src, sizeof(q.addr));
	agent_ask(agent, &q, &r);
	*ret = r.ground;
	return r.status ? fail(EXIT_CANNOT, "%s", r.err) : EXIT_DONE;
}

bool send_item_read(struct send_item *i)
{
	if (!send_frame_read(i->frame.bytes, i->frame.n, &i->key))
		return false;
	express_made(&i->key, &i->made);
	return true;
}

static struct send_item *add(struct send_list *l)
{
	struct send_item *more = realloc(l->items, (l->n + 1) * sizeof(*more));

	if (!more)
		return NULL;
	l->items = more;
	more[l->n] = (struct send_item){.xdp_passed = true};
	return &more[l->n++];
}

int send_list_words(struct send_list *l, const char *text, struct agent *agent, const char *dev)
{
	struct send_packet *p = calloc(1, sizeof(*p));
	struct send_item *item = add(l);
	struct ground ground = {0};
	struct send_error err;
	struct text t = {0};
	int r = EXIT_DONE;

	if (!p || !item) {
		free(p);
		return fail(EXIT_CANNOT, "out of memory");
	}
	if (send_parse(text, p, &err))
		r = refuse(text, &err);
	else if (send_has(p, WORD_MARK))
		r = fail(EXIT_CANNOT, "mark: the kernel has no way to give a mark to a packet that "
				      "comes in; a rule that sets it does");
	if (!r)
		r = read_payload(p);
	if (!r && agent)
		r = ask_ground(agent, dev, p, &ground);
	if (!r) {
		if (agent)
			ground_fill(&ground, p, &l->made_up);
		send_fill(p, arbitrary, NULL);
		if (send_frame_make(p, &item->frame, &err))
			r = fail(EXIT_USAGE, "the packet is %s", err.what);
	}
	if (!r) {
		send_print(&t, p);
		item->text = t.s;
		item->icmp_type = p->type;
		send_item_read(item);
	}
	free(p);
	return r;
}

void send_list_clear(struct send_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].text);
	free(l->items);
	*l = (struct send_list){0};
}

char *send_list_filter(const struct send_list *l)
{
	struct text t = {0};

	for (size_t i = 0; i < l->n; i++) {
		text_printf(&t, i ? " or " : "");
		express_filter(&t, &l->items[i].key);
	}
	return t.s;
}

void send_item_dump(const struct send_item *i)
{
	for (size_t k = 0; k < i->frame.n; k++)
		printf("%s%02x", k % 16 ? " " : k ? "\n    " : "    ", i->frame.bytes[k]);
	printf("\n");
}
