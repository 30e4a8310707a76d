/* SPDX-License-Identifier: GPL-2.0-only */
/* Expressions that give no verdict: what they make of the registers, and whether the rule goes on.
 */
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <string.h>

#include "firewall/lookup.h"
#include "firewall/walk_rule.h"
#include "firewall/xt.h"

static enum tri compare(const struct bits *b, const struct fw_expr *e)
{
	switch (e->how) {
	case NFT_CMP_EQ:
		return bits_equal(b, e->sreg, e->data, e->len);
	case NFT_CMP_NEQ:
		return tri_not(bits_equal(b, e->sreg, e->data, e->len));
	case NFT_CMP_LT:
		return bits_less(b, e->sreg, e->data, e->len, false);
	case NFT_CMP_LTE:
		return bits_less(b, e->sreg, e->data, e->len, true);
	case NFT_CMP_GT:
		return tri_not(bits_less(b, e->sreg, e->data, e->len, true));
	default:
		return tri_not(bits_less(b, e->sreg, e->data, e->len, false));
	}
}

static enum tri range(const struct bits *b, const struct fw_expr *e)
{
	enum tri in = tri_and(tri_not(bits_less(b, e->sreg, e->data, e->len, false)),
			      bits_less(b, e->sreg, e->more, e->len, true));

	return tri_inverted(in, e->inverted);
}

static void mask_xor(struct bits *b, const struct fw_expr *e)
{
	struct bits r = {0};

	for (size_t i = 0; i < e->len; i++) {
		r.known[i] = b->known[e->sreg + i] | (uint8_t)~e->data[i];
		r.v[i] = ((b->v[e->sreg + i] & e->data[i]) ^ e->more[i]) & r.known[i];
	}
	bits_load(b, e->dreg, &r, 0, e->len);
}

/* Words in the host's order, the carry from one to the next as the kernel has it. */
static void shift_words(uint32_t *w, size_t n, uint32_t by, bool left, bool ones)
{
	uint32_t carry = ones && by ? (left ? (1U << by) - 1 : ~0U << (32 - by)) : 0;

	for (size_t k = 0; k < n && by; k++) {
		uint32_t *x = &w[left ? n - 1 - k : k], old = *x;

		*x = (left ? old << by : old >> by) | carry;
		carry = left ? old >> (32 - by) : old << (32 - by);
	}
}

static void shift(struct bits *b, const struct fw_expr *e)
{
	uint32_t v[BITS_MAX / 4] = {0}, known[BITS_MAX / 4] = {0};
	size_t n = (e->len + 3) / 4;
	struct bits r = {0};

	memcpy(v, b->v + e->sreg, e->len);
	memcpy(known, b->known + e->sreg, e->len);
	shift_words(v, n, e->key, e->how == NFT_BITWISE_LSHIFT, false);
	shift_words(known, n, e->key, e->how == NFT_BITWISE_LSHIFT, true);
	memcpy(r.v, v, e->len);
	memcpy(r.known, known, e->len);
	bits_load(b, e->dreg, &r, 0, e->len);
}

static void byteorder(struct bits *b, const struct fw_expr *e)
{
	struct bits r = {0};

	for (size_t i = 0; i < e->len; i++) {
		size_t from = i - i % e->key + (e->key - 1 - i % e->key);

		if (htons(1) == 1) /* the host's order is the network's */
			from = i;
		if (from < e->len) {
			r.v[i] = b->v[e->sreg + from];
			r.known[i] = b->known[e->sreg + from];
		}
	}
	bits_load(b, e->dreg, &r, 0, e->len);
}

/* The values that a map may give. */
struct values {
	const struct fw_set *set;
	struct bits all;
	bool any;
};

static void add_value(void *arg, const struct fw_elem *e, enum tri m)
{
	struct values *v = arg;
	struct bits one = {0};

	(void)m;
	if (!e->data)
		return;
	bits_set(&one, 0, e->data, v->set->dlen);
	if (v->any)
		bits_join(&v->all, &one);
	else
		v->all = one;
	v->any = true;
}

static enum tri look_up(struct walk *w, struct fw_state *s, const struct fw_expr *e)
{
	struct values v = {.set = e->set};
	bool is_map = e->how == 2;
	size_t cost, len = e->set ? e->set->dlen : 0;
	enum tri m = fw_lookup(e->set, &s->regs, e->sreg, is_map ? add_value : NULL, &v, &cost);

	if (!fw_step(w, cost))
		return UNKNOWN;
	if (is_map && e->dreg + len > BITS_MAX)
		len = BITS_MAX - e->dreg;
	/* an element that is not known may have had any value */
	if (is_map && v.any && (m == YES || !(e->set->flags & (NFT_SET_TIMEOUT | NFT_SET_EVAL))))
		bits_load(&s->regs, e->dreg, &v.all, 0, len);
	else if (is_map)
		bits_forget(&s->regs, e->dreg, e->set ? len : (size_t)BITS_MAX - e->dreg);
	return tri_inverted(m, e->inverted);
}

enum tri fw_eval(struct walk *w, struct fw_state *s, const struct fw_expr *e)
{
	switch (e->op) {
	case FW_IMMEDIATE: {
		struct bits b = {0};

		bits_set(&b, 0, e->data, e->len);
		bits_load(&s->regs, e->dreg, &b, 0, e->len);
		return YES;
	}
	case FW_PAYLOAD:
		return fw_load_payload(s, e, w->of);
	case FW_PAYLOAD_SET:
		fw_store_payload(s, e);
		return UNKNOWN;
	case FW_META:
		return fw_load_meta(s, e, w->of);
	case FW_META_SET:
		fw_store_meta(s, e);
		return YES;
	case FW_CT:
		return fw_load_ct(s, e, w->of);
	case FW_CT_SET:
		fw_store_ct(s, e);
		return YES;
	case FW_CMP:
		return compare(&s->regs, e);
	case FW_RANGE:
		return range(&s->regs, e);
	case FW_BITWISE:
		if (e->how == NFT_BITWISE_MASK_XOR)
			mask_xor(&s->regs, e);
		else
			shift(&s->regs, e);
		return YES;
	case FW_BYTEORDER:
		byteorder(&s->regs, e);
		return YES;
	case FW_LOOKUP:
		return look_up(w, s, e);
	case FW_FIB:
		return fw_load_fib(s, e, w->of);
	case FW_CANT_TELL:
	case FW_CANT_TELL_STOP:
		bits_forget(&s->regs, e->dreg, e->len);
		return e->op == FW_CANT_TELL ? YES : UNKNOWN;
	case FW_NOTRACK:
		fw_notrack(s);
		return YES;
	case FW_XT_MATCH:
		return fw_xt_match(e, s, w->of);
	case FW_NOTHING:
		return YES;
	default:
		return UNKNOWN;
	}
}
