/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_held.h. How the kernel is made to forget them: send/piece.h. */
#include "cmd/send_held.h"

#include <stdlib.h>

#include "send/piece.h"

struct held_fragment {
	uint64_t ts_ns;
	struct agent_request q;
};

void held_note(struct held *h, const struct agent_request *q, uint64_t now_ns)
{
	struct held_fragment *more;
	struct send_key k;

	if (!send_frame_read(q->frame, q->n, &k) || !send_piece_waits(q->frame, q->n, &k))
		return;
	more = realloc(h->rows, (h->n + 1) * sizeof(*more));
	if (!more)
		return;
	h->rows = more;
	more[h->n++] = (struct held_fragment){.ts_ns = now_ns, .q = *q};
}

static void forget(const struct agent_request *q, held_put *put, void *arg)
{
	static struct agent_request piece;
	struct send_key k;

	if (!send_frame_read(q->frame, q->n, &k))
		return;
	piece = *q;
	for (enum send_piece which = 0; which < SEND_PIECE_MAX; which++) {
		piece.n = send_piece_make(q->frame, &k, which, piece.frame);
		put(arg, &piece);
	}
}

void held_forget(struct held *h, uint64_t until_ns, held_put *put, void *arg)
{
	size_t n = 0;

	while (n < h->n && h->rows[n].ts_ns < until_ns)
		forget(&h->rows[n++].q, put, arg);
	for (size_t i = n; i < h->n; i++)
		h->rows[i - n] = h->rows[i];
	h->n -= n;
	if (h->n)
		return;
	free(h->rows);
	*h = (struct held){0};
}
