/* SPDX-License-Identifier: GPL-2.0-only */
/* Drop reasons in the running kernel's BTF: those of the stack, and those of a subsystem's own. */
#include "host/reasons.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBSYSTEM_SHIFT 16 /* above it a reason says whose it is */

struct reasons {
	struct btf *btf;
	int id;	       /* of enum skb_drop_reason in it */
	char name[48]; /* the last one asked for, where it lives nowhere else */
};

/* The name of a value in an enum of the BTF whose name ends so; base types are not searched. */
static const char *enum_value(const struct btf *btf, __u32 first, const char *ending,
			      uint32_t value)
{
	for (__u32 id = first; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = btf_is_enum(t) ? btf__name_by_offset(btf, t->name_off) : "";
		size_t n = strlen(name), k = strlen(ending);

		if (n < k || strcmp(name + n - k, ending))
			continue;
		for (int i = 0; i < btf_vlen(t); i++)
			if ((uint32_t)btf_enum(t)[i].val == value)
				return btf__name_by_offset(btf, btf_enum(t)[i].name_off);
	}
	return "";
}

static const char *without(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) ? name : name + n;
}

/* Reasons of a subsystem stand in an enum of its own, mostly in a module. */
static const char *subsystem_reason(struct reasons *r, uint32_t reason)
{
	static const char *const modules[] = {"openvswitch", "mac80211"};
	const char *name = enum_value(r->btf, 1, "_drop_reason", reason);
	uint32_t subsystem = reason >> SUBSYSTEM_SHIFT;

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]) && !name[0]; i++) {
		struct btf *btf = btf__load_module_btf(modules[i], r->btf);

		name = enum_value(btf, btf__type_cnt(r->btf), "_drop_reason", reason);
		snprintf(r->name, sizeof(r->name), "%s", name);
		btf__free(btf);
		name = r->name;
	}
	if (name[0])
		return name;
	name = enum_value(r->btf, 1, "skb_drop_reason_subsys", subsystem);
	snprintf(r->name, sizeof(r->name), "%.36s_%u",
		 without(name[0] ? name : "SUBSYSTEM", "SKB_DROP_REASON_SUBSYS_"),
		 reason & ((1U << SUBSYSTEM_SHIFT) - 1));
	return r->name;
}

struct reasons *reasons_read(void)
{
	struct reasons *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->btf = btf__load_vmlinux_btf();
	if (libbpf_get_error(r->btf))
		r->btf = NULL;
	if (r->btf)
		r->id = btf__find_by_name_kind(r->btf, "skb_drop_reason", BTF_KIND_ENUM);
	return r;
}

void reasons_free(struct reasons *r)
{
	if (!r)
		return;
	btf__free(r->btf);
	free(r);
}

const char *reasons_name(struct reasons *r, uint32_t reason)
{
	const struct btf_type *t;

	if (!r->btf)
		return "";
	if (reason >> SUBSYSTEM_SHIFT)
		return subsystem_reason(r, reason);
	if (r->id <= 0)
		return "";
	t = btf__type_by_id(r->btf, r->id);
	for (int i = 0; i < btf_vlen(t); i++)
		if ((uint32_t)btf_enum(t)[i].val == reason)
			return without(btf__name_by_offset(r->btf, btf_enum(t)[i].name_off),
				       "SKB_DROP_REASON_");
	return "";
}
