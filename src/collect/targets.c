/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash table of type numbers; the names stay where they are. Nothing is ever taken out of it. */
#include "collect/targets.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	uint32_t id; /* 0: free */
	int32_t module;
};

struct targets {
	const struct btf *vmlinux;
	struct btf *const *modules;
	struct slot *slots;
	uint32_t mask;
};

static const struct btf *btf_of(const struct targets *t, int module)
{
	return module < 0 ? t->vmlinux : t->modules[module];
}

static const char *name_of(const struct targets *t, const struct slot *s)
{
	const struct btf *btf = btf_of(t, s->module);

	return btf__name_by_offset(btf, btf__type_by_id(btf, s->id)->name_off);
}

/* Where this name stands first, or the free slot for it. */
static struct slot *slot_of(const struct targets *t, const char *name)
{
	uint32_t hash = 5381;

	for (const char *p = name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	for (hash ^= hash >> 15;; hash++) {
		struct slot *s = &t->slots[hash & t->mask];

		if (!s->id || !strcmp(name_of(t, s), name))
			return s;
	}
}

static bool is_target(const struct btf_type *type, const char *name)
{
	return btf_is_func(type) ||
	       (btf_is_typedef(type) &&
		!strncmp(name, TARGETS_TRACEPOINT, sizeof(TARGETS_TRACEPOINT) - 1));
}

static void note(struct targets *t, int module, uint32_t first)
{
	const struct btf *btf = btf_of(t, module);

	for (uint32_t id = first; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, type->name_off);
		struct slot *s;

		if (!is_target(type, name))
			continue;
		s = slot_of(t, name);
		if (!s->id)
			*s = (struct slot){.id = id, .module = module};
	}
}

struct targets *targets_make(const struct btf *vmlinux, struct btf *const *modules,
			     size_t n_modules)
{
	struct targets *t = calloc(1, sizeof(*t));
	uint32_t base = btf__type_cnt(vmlinux);
	size_t n = base, room = 1;

	for (size_t i = 0; i < n_modules; i++)
		n += btf__type_cnt(modules[i]) - base;
	while (room <= n) /* not half of all types are functions */
		room *= 2;
	if (!t)
		return NULL;
	t->vmlinux = vmlinux;
	t->modules = modules;
	t->mask = room - 1;
	t->slots = calloc(room, sizeof(*t->slots));
	if (!t->slots) {
		free(t);
		return NULL;
	}
	note(t, -1, 1);
	for (size_t i = 0; i < n_modules; i++)
		note(t, i, base);
	return t;
}

void targets_free(struct targets *t)
{
	if (!t)
		return;
	free(t->slots);
	free(t);
}

int targets_find(const struct targets *t, const char *name, int *module)
{
	const struct slot *s = t ? slot_of(t, name) : NULL;

	if (!s || !s->id)
		return -ENOENT;
	*module = s->module;
	return s->id;
}
