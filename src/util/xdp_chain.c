/* SPDX-License-Identifier: GPL-2.0-only */
/* See xdp_chain.h. */
#include "util/xdp_chain.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* False: it is gone. Closes the descriptor. */
static bool get_info(int fd, void *info, uint32_t size)
{
	bool got = fd >= 0 && !bpf_obj_get_info_by_fd(fd, info, &size);

	if (fd >= 0)
		close(fd);
	return got;
}

static bool is_dispatcher(uint32_t id, struct bpf_prog_info *info)
{
	*info = (struct bpf_prog_info){0};
	return get_info(bpf_prog_get_fd_by_id(id), info, sizeof(*info)) &&
	       info->type == BPF_PROG_TYPE_XDP && !strcmp(info->name, XDP_DISPATCHER);
}

static bool is_extension(uint32_t id)
{
	struct bpf_prog_info info = {0};

	return get_info(bpf_prog_get_fd_by_id(id), &info, sizeof(info)) &&
	       info.type == BPF_PROG_TYPE_EXT;
}

/* Is it one of the functions that components replace? */
static bool find_place(uint32_t btf_id, uint32_t function, struct xdp_component *ret)
{
	struct btf *btf = btf_id ? btf__load_from_kernel_by_id(btf_id) : NULL;
	const struct btf_type *t = btf ? btf__type_by_id(btf, function) : NULL;
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;
	char rest;
	bool found = false;

	if (name) {
		ret->alone = !strcmp(name, XDP_DISPATCHER);
		found = ret->alone || sscanf(name, "prog%2u%c", &ret->place, &rest) == 1;
	}
	btf__free(btf);
	return found;
}

/* The target of a link that extends no program is no program, or is only observed. */
static bool read_link(uint32_t id, struct xdp_component *ret)
{
	struct bpf_link_info info = {0};
	struct bpf_prog_info target;

	if (!get_info(bpf_link_get_fd_by_id(id), &info, sizeof(info)) ||
	    info.type != BPF_LINK_TYPE_TRACING ||
	    !is_dispatcher(info.tracing.target_obj_id, &target) || !is_extension(info.prog_id))
		return false;
	*ret = (struct xdp_component){.id = info.prog_id, .dispatcher = target.id};
	return find_place(target.btf_id, info.tracing.target_btf_id, ret);
}

int xdp_chain_next(uint32_t *link, struct xdp_component *ret)
{
	while (!bpf_link_get_next_id(*link, link))
		if (read_link(*link, ret))
			return 0;
	return -ENOENT;
}

size_t xdp_chain_read(uint32_t dispatcher, struct xdp_component ret[XDP_CHAIN_MAX])
{
	struct bpf_prog_info info;
	struct xdp_component c;
	uint32_t link = 0;
	size_t n = 0;

	if (!is_dispatcher(dispatcher, &info))
		return 0;
	while (n < XDP_CHAIN_MAX && !xdp_chain_next(&link, &c)) {
		size_t i = n;

		if (c.dispatcher != dispatcher)
			continue;
		for (; i && ret[i - 1].place > c.place; i--)
			ret[i] = ret[i - 1];
		ret[i] = c;
		n++;
	}
	return n;
}

uint32_t xdp_chain_of(uint32_t program)
{
	struct xdp_component c;
	uint32_t link = 0, found = 0;

	if (!is_extension(program))
		return 0;
	while (!xdp_chain_next(&link, &c))
		if (c.id == program)
			found = c.dispatcher; /* links of dispatchers before may be there still */
	return found;
}
