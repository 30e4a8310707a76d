/* SPDX-License-Identifier: GPL-2.0-only */
/* See lookup.h. Elements lie sorted by key; an interval begins with one and ends before the next.
 */
#include "firewall/lookup.h"

#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* The last element whose key is not above the key, -1: none. */
static long floor_of(const struct fw_set *s, const uint8_t *key)
{
	size_t low = 0, high = s->n_keyed;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (memcmp(s->elems[mid].key, key, s->klen) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return (long)low - 1;
}

/* Each field by itself between both ends. */
static enum tri in_fields(const struct fw_set *s, const struct fw_elem *e, const struct bits *b,
			  size_t at)
{
	const uint8_t *end = e->end ? e->end : e->key;
	enum tri all = YES;
	size_t off = 0;

	for (size_t i = 0; i < s->n_fields; i++) {
		size_t n = s->fields[i];
		enum tri below = bits_less(b, at + off, e->key + off, n, false);

		all = tri_and(all,
			      tri_and(tri_not(below), bits_less(b, at + off, end + off, n, true)));
		off += (n + 3) & ~(size_t)3;
	}
	return all;
}

static enum tri in_interval(const struct fw_set *s, size_t i, const struct bits *b, size_t at)
{
	const struct fw_elem *e = &s->elems[i];
	enum tri m;

	if (e->interval_end)
		return NO;
	m = tri_not(bits_less(b, at, e->key, s->klen, false));
	return i + 1 < s->n_keyed
		       ? tri_and(m, bits_less(b, at, s->elems[i + 1].key, s->klen, false))
		       : m;
}

static enum tri matches(const struct fw_set *s, size_t i, const struct bits *b, size_t at)
{
	const struct fw_elem *e = &s->elems[i];

	if (s->concat_ranges)
		return in_fields(s, e, b, at);
	if (!(s->flags & NFT_SET_INTERVAL))
		return bits_equal(b, at, e->key, s->klen);
	if (e->end) /* both ends stand in one element */
		return tri_and(tri_not(bits_less(b, at, e->key, s->klen, false)),
			       bits_less(b, at, e->end, s->klen, true));
	return in_interval(s, i, b, at);
}

/* Nothing but time and the packets themselves change what is in it. */
static bool comes_and_goes(const struct fw_set *s)
{
	return s->flags & (NFT_SET_TIMEOUT | NFT_SET_EVAL);
}

struct search {
	enum tri found;
	lookup_fn fn;
	void *arg;
};

static void found(struct search *f, const struct fw_elem *e, enum tri m)
{
	if (m == NO)
		return;
	if (e->passing || e->stateful)
		m = UNKNOWN;
	if (f->fn)
		f->fn(f->arg, e, m);
	f->found = tri_or(f->found, m);
}

enum tri fw_lookup(const struct fw_set *s, const struct bits *b, size_t at, lookup_fn fn, void *arg,
		   size_t *ret_cost)
{
	struct search f = {.found = NO, .fn = fn, .arg = arg};
	bool sorted;

	*ret_cost = 1;
	if (!s || !s->readable || at + s->klen > BITS_MAX)
		return UNKNOWN;
	sorted =
		bits_known(b, at, s->klen) && !s->concat_ranges && !(s->n_keyed && s->elems[0].end);
	if (sorted) {
		long i = floor_of(s, b->v + at);

		if (i >= 0)
			found(&f, &s->elems[i], matches(s, i, b, at));
	} else {
		*ret_cost = s->n_keyed + 1;
		for (size_t i = 0; i < s->n_keyed && f.found != YES; i++)
			found(&f, &s->elems[i], matches(s, i, b, at));
	}
	/* without a key: for all that have no element */
	for (size_t i = s->n_keyed; i < s->n_elems && f.found != YES; i++)
		if (s->elems[i].catch_all)
			found(&f, &s->elems[i],
			      f.found == NO && !comes_and_goes(s) ? YES : UNKNOWN);
	return f.found != YES && comes_and_goes(s) ? UNKNOWN : f.found;
}
