/* SPDX-License-Identifier: GPL-2.0-only */
/* Names first, in one walk over each source; then each hit copied with what it holds by value. */
#include "collect/core_btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_ROOM 4096 /* power of 2, several times what the programs know */

/* Types that the programs know: kind and name without its flavour. */
struct wanted {
	struct {
		const char *name;
		size_t len;
		uint16_t kind;
		bool found; /* in vmlinux: then no module is asked */
	} rows[NAMES_ROOM];
	size_t n;
};

struct copy {
	const struct btf *from;
	struct btf *to;
	uint32_t *ids; /* what became of each type of from; 0: not copied yet */
	uint32_t any;  /* pointers are never followed, so one serves for all of them */
};

/* "struct sk_buff___old" is a flavour of struct sk_buff. */
static size_t essential(const char *name)
{
	const char *flavour = strstr(name, "___");

	return flavour && flavour != name ? (size_t)(flavour - name) : strlen(name);
}

static uint16_t kind_of(const struct btf_type *t)
{
	uint16_t kind = btf_kind(t);

	return kind == BTF_KIND_ENUM64 ? BTF_KIND_ENUM : kind;
}

static bool is_root(const struct btf_type *t)
{
	return t->name_off && (btf_is_composite(t) || btf_is_any_enum(t) || btf_is_typedef(t) ||
			       btf_is_int(t) || btf_is_fwd(t));
}

/* The row of such a type, or the free one for it. */
static size_t row_of(const struct wanted *w, const char *name, size_t len, uint16_t kind)
{
	uint32_t hash = kind;

	for (size_t i = 0; i < len; i++)
		hash = hash * 33 + (unsigned char)name[i];
	hash ^= hash >> 16;
	for (size_t i = hash & (NAMES_ROOM - 1);; i = (i + 1) & (NAMES_ROOM - 1))
		if (!w->rows[i].name || (w->rows[i].kind == kind && w->rows[i].len == len &&
					 !memcmp(w->rows[i].name, name, len)))
			return i;
}

static int note_wanted(struct wanted *w, const struct btf *local)
{
	for (uint32_t id = 1; id < btf__type_cnt(local); id++) {
		const struct btf_type *t = btf__type_by_id(local, id);
		const char *name = btf__name_by_offset(local, t->name_off);
		size_t len, i;

		if (!is_root(t))
			continue;
		if (2 * w->n > NAMES_ROOM)
			return -E2BIG;
		len = essential(name);
		i = row_of(w, name, len, kind_of(t));
		w->n += !w->rows[i].name;
		w->rows[i].name = name;
		w->rows[i].len = len;
		w->rows[i].kind = kind_of(t);
	}
	return 0;
}

static int copy_type(struct copy *c, uint32_t id);

static int copy_members(struct copy *c, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);
	const char *name = btf__name_by_offset(c->from, t->name_off);
	int n = btf_vlen(t), id, r;

	for (int i = 0; i < n; i++) { /* before this one is begun */
		r = copy_type(c, m[i].type);
		if (r < 0)
			return r;
	}
	r = 0;
	id = btf_is_struct(t) ? btf__add_struct(c->to, name, t->size)
			      : btf__add_union(c->to, name, t->size);
	for (int i = 0; i < n && id > 0 && !r; i++) {
		r = copy_type(c, m[i].type);
		if (r >= 0)
			r = btf__add_field(c->to, btf__name_by_offset(c->from, m[i].name_off), r,
					   btf_member_bit_offset(t, i),
					   btf_member_bitfield_size(t, i));
	}
	return r ? r : id;
}

static int copy_enum(struct copy *c, const struct btf_type *t)
{
	const char *name = btf__name_by_offset(c->from, t->name_off);
	int id, r = 0;

	if (btf_is_enum(t)) {
		const struct btf_enum *e = btf_enum(t);

		id = btf__add_enum(c->to, name, t->size);
		for (int i = 0; i < btf_vlen(t) && id > 0 && !r; i++)
			r = btf__add_enum_value(c->to, btf__name_by_offset(c->from, e[i].name_off),
						e[i].val);
	} else {
		const struct btf_enum64 *e = btf_enum64(t);

		id = btf__add_enum64(c->to, name, t->size, btf_kflag(t));
		for (int i = 0; i < btf_vlen(t) && id > 0 && !r; i++)
			r = btf__add_enum64_value(c->to,
						  btf__name_by_offset(c->from, e[i].name_off),
						  btf_enum64_value(&e[i]));
	}
	return r ? r : id;
}

static int copy_array(struct copy *c, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);
	int index = copy_type(c, a->index_type), item = copy_type(c, a->type);

	return index < 0 ? index : item < 0 ? item : btf__add_array(c->to, index, item, a->nelems);
}

static int copy_anew(struct copy *c, const struct btf_type *t)
{
	const char *name = btf__name_by_offset(c->from, t->name_off);
	int r;

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return btf__add_int(c->to, name, t->size, btf_int_encoding(t));
	case BTF_KIND_FLOAT:
		return btf__add_float(c->to, name, t->size);
	case BTF_KIND_PTR:
		return c->any;
	case BTF_KIND_ARRAY:
		return copy_array(c, t);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_members(c, t);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return copy_enum(c, t);
	case BTF_KIND_FWD:
		return btf__add_fwd(c->to, name, btf_kflag(t) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	case BTF_KIND_TYPEDEF:
		r = copy_type(c, t->type);
		return r < 0 ? r : btf__add_typedef(c->to, name, r);
	case BTF_KIND_VOLATILE: /* no relocation asks for them */
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return copy_type(c, t->type);
	default: /* only behind pointers */
		return 0;
	}
}

/* Its number in the copy, or -errno. A type holds none of its own kind by value, so this ends. */
static int copy_type(struct copy *c, uint32_t id)
{
	int r;

	if (!id || c->ids[id])
		return c->ids[id];
	r = copy_anew(c, btf__type_by_id(c->from, id));
	if (r > 0)
		c->ids[id] = r;
	return r;
}

static int copy_wanted(struct wanted *w, struct btf *to, uint32_t any, const struct btf *from,
		       uint32_t first)
{
	struct copy c = {.from = from, .to = to, .any = any};
	uint32_t n = btf__type_cnt(from);
	int r = 0;

	c.ids = calloc(n, sizeof(*c.ids));
	if (!c.ids)
		return -ENOMEM;
	for (uint32_t id = first; id < n && r >= 0; id++) {
		const struct btf_type *t = btf__type_by_id(from, id);
		const char *name = btf__name_by_offset(from, t->name_off);
		size_t i;

		if (!is_root(t))
			continue;
		i = row_of(w, name, essential(name), kind_of(t));
		if (!w->rows[i].name || (first > 1 && w->rows[i].found))
			continue;
		w->rows[i].found = first == 1;
		r = copy_type(&c, id);
	}
	free(c.ids);
	return r < 0 ? r : 0;
}

static int write_to(int fd, const struct btf *b)
{
	uint32_t size = 0;
	const void *data = btf__raw_data(b, &size);

	if (!data)
		return -ENOMEM;
	if (ftruncate(fd, 0))
		return -errno;
	return pwrite(fd, data, size, 0) == (ssize_t)size ? 0 : -EIO;
}

int core_btf_make(int fd, const struct btf *local, const struct btf *vmlinux,
		  struct btf *const *modules, size_t n_modules)
{
	struct wanted *w = calloc(1, sizeof(*w));
	struct btf *to = btf__new_empty();
	int any = to ? btf__add_ptr(to, 0) : -ENOMEM;
	int r = w ? any : -ENOMEM;

	if (r > 0)
		r = note_wanted(w, local);
	if (!r)
		r = copy_wanted(w, to, any, vmlinux, 1);
	for (size_t i = 0; i < n_modules && !r; i++)
		r = copy_wanted(w, to, any, modules[i], btf__type_cnt(vmlinux));
	if (!r)
		r = write_to(fd, to);
	btf__free(to);
	free(w);
	return r;
}
