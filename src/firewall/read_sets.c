/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets and maps with their elements out of the kernel's messages. */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/build.h"

static void read_desc(struct fw_set *s, const struct nlattr *desc)
{
	const struct nlattr *in[NFTA_SET_DESC_MAX + 1], *field[NFTA_SET_FIELD_MAX + 1], *a;
	size_t at = 0;

	if (!fw_nested(desc, in, NFTA_SET_DESC_MAX))
		return;
	s->size = fw_u32(in[NFTA_SET_DESC_SIZE]);
	if (!in[NFTA_SET_DESC_CONCAT])
		return;
	mnl_attr_for_each_nested(a, in[NFTA_SET_DESC_CONCAT])
	{
		uint32_t len = fw_nested(a, field, NFTA_SET_FIELD_MAX)
				       ? fw_u32(field[NFTA_SET_FIELD_LEN])
				       : 0;

		at += (len + 3) & ~3U;
		if (!len || at > s->klen || s->n_fields == FW_FIELDS) {
			s->n_fields = 0;
			return;
		}
		s->fields[s->n_fields++] = len;
	}
}

static bool stateful(const struct nlattr *const in[])
{
	const struct nlattr *name[NFTA_EXPR_MAX + 1];
	const char *s;

	if (in[NFTA_SET_ELEM_EXPRESSIONS])
		return true;
	if (!in[NFTA_SET_ELEM_EXPR])
		return false;
	/* one that only counts refuses nothing */
	s = fw_nested(in[NFTA_SET_ELEM_EXPR], name, NFTA_EXPR_MAX) ? fw_string(name[NFTA_EXPR_NAME])
								   : NULL;
	return !s || (strcmp(s, "counter") && strcmp(s, "last"));
}

static bool read_elem(const struct fw_set *s, const struct nlattr *a, struct fw_elem *e)
{
	const struct nlattr *in[NFTA_SET_ELEM_MAX + 1];
	uint32_t flags;
	size_t n;

	if (!fw_nested(a, in, NFTA_SET_ELEM_MAX))
		return false;
	flags = fw_u32(in[NFTA_SET_ELEM_FLAGS]);
	e->interval_end = flags & NFT_SET_ELEM_INTERVAL_END;
	e->catch_all = flags & NFT_SET_ELEM_CATCHALL;
	/* what has a time to live may be gone by now, or was not there yet */
	e->passing = in[NFTA_SET_ELEM_TIMEOUT] || in[NFTA_SET_ELEM_EXPIRATION];
	e->stateful = stateful(in);
	if (!e->catch_all && (!fw_data(in[NFTA_SET_ELEM_KEY], &e->key, &n) || n != s->klen))
		return false;
	if (in[NFTA_SET_ELEM_KEY_END] &&
	    (!fw_data(in[NFTA_SET_ELEM_KEY_END], &e->end, &n) || n != s->klen))
		return false;
	if (!in[NFTA_SET_ELEM_DATA])
		return !s->verdicts || e->interval_end;
	if (s->verdicts)
		return fw_verdict(in[NFTA_SET_ELEM_DATA], &e->verdict);
	return fw_data(in[NFTA_SET_ELEM_DATA], &e->data, &n) && n == s->dlen;
}

static size_t key_len; /* of what is being sorted */

static int by_key(const void *x, const void *y)
{
	const struct fw_elem *a = x, *b = y;
	int c;

	if (!a->key || !b->key)
		return (!a->key) - (!b->key);
	c = memcmp(a->key, b->key, key_len);
	return c ? c : b->interval_end - a->interval_end;
}

/* Elements in one run of messages; NULL in array: only counts them. */
static bool read_run(struct fw_set *s, const uint8_t *bytes, size_t size, struct fw_elem *array)
{
	const struct nlattr *in[NFTA_SET_ELEM_LIST_MAX + 1], *a;
	const struct nlmsghdr *h = (const void *)bytes;
	int left = size;
	size_t n = 0;

	for (; fw_message_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(struct nfgenmsg) ||
		    !fw_attrs((const uint8_t *)mnl_nlmsg_get_payload(h) + sizeof(struct nfgenmsg),
			      mnl_nlmsg_get_payload_len(h) - sizeof(struct nfgenmsg), in,
			      NFTA_SET_ELEM_LIST_MAX))
			return false;
		if (!in[NFTA_SET_ELEM_LIST_ELEMENTS])
			continue;
		mnl_attr_for_each_nested(a, in[NFTA_SET_ELEM_LIST_ELEMENTS])
		{
			if (array && !read_elem(s, a, &array[n]))
				return false;
			n++;
		}
	}
	s->n_elems = n;
	return true;
}

static void read_elems(struct firewall *f, struct fw_set *s, const json_t *hex)
{
	size_t size = 0;
	const uint8_t *bytes = fw_bytes(f, json_string_value(hex), &size);

	if (!bytes || !read_run(s, bytes, size, NULL))
		return;
	s->elems = fw_alloc(f, s->n_elems, sizeof(*s->elems));
	if (!read_run(s, bytes, size, s->elems)) {
		s->n_elems = 0;
		return;
	}
	key_len = s->klen;
	if (s->n_elems)
		qsort(s->elems, s->n_elems, sizeof(*s->elems), by_key);
	while (s->n_keyed < s->n_elems && s->elems[s->n_keyed].key)
		s->n_keyed++;
	s->readable = true;
}

static bool read_set(struct fw_set *s, const struct nlmsghdr *h)
{
	const struct nlattr *in[NFTA_SET_MAX + 1];
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	uint32_t klen, dlen;

	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(*g) ||
	    !fw_attrs(g + 1, mnl_nlmsg_get_payload_len(h) - sizeof(*g), in, NFTA_SET_MAX))
		return false;
	s->family = g->nfgen_family;
	s->table = fw_string(in[NFTA_SET_TABLE]);
	s->name = fw_string(in[NFTA_SET_NAME]);
	s->flags = fw_u32(in[NFTA_SET_FLAGS]);
	klen = fw_u32(in[NFTA_SET_KEY_LEN]);
	dlen = fw_u32(in[NFTA_SET_DATA_LEN]);
	s->verdicts = s->flags & NFT_SET_MAP && fw_u32(in[NFTA_SET_DATA_TYPE]) == NFT_DATA_VERDICT;
	if (!s->table || !s->name || !klen || klen > FW_REGS || (dlen > FW_REGS && !s->verdicts))
		return false;
	s->klen = klen;
	s->dlen = s->verdicts ? 0 : dlen;
	read_desc(s, in[NFTA_SET_DESC]);
	s->concat_ranges = s->flags & NFT_SET_INTERVAL && s->n_fields > 1;
	return true;
}

static int by_name(const void *x, const void *y)
{
	const struct fw_set *a = x, *b = y;
	int c = a->family - b->family;

	c = c ? c : strcmp(a->table, b->table);
	return c ? c : strcmp(a->name, b->name);
}

bool fw_read_sets(struct firewall *f, const json_t *answer)
{
	const json_t *elements = json_object_get(answer, "elements");
	size_t size = 0, n = 0;
	const uint8_t *bytes =
		fw_bytes(f, json_string_value(json_object_get(answer, "sets")), &size);
	const struct nlmsghdr *h = (const void *)bytes;
	int left = size;

	if (!bytes)
		return false;
	for (; fw_message_ok(h, left); h = mnl_nlmsg_next(h, &left))
		n++;
	f->sets = fw_alloc(f, n, sizeof(*f->sets));
	h = (const void *)bytes;
	left = size;
	for (size_t i = 0; i < n; i++, h = mnl_nlmsg_next(h, &left)) {
		struct fw_set *s = &f->sets[f->n_sets];

		if (!read_set(s, h)) {
			*s = (struct fw_set){0};
			continue;
		}
		read_elems(f, s, json_array_get(elements, i));
		f->n_sets++;
	}
	if (f->n_sets)
		qsort(f->sets, f->n_sets, sizeof(*f->sets), by_name);
	return true;
}

const struct fw_set *fw_find_set(const struct firewall *f, uint8_t family, const char *table,
				 const char *name)
{
	struct fw_set key = {.family = family, .table = table, .name = name};

	return f->n_sets ? bsearch(&key, f->sets, f->n_sets, sizeof(key), by_name) : NULL;
}
