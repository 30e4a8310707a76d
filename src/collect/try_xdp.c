/* SPDX-License-Identifier: GPL-2.0-only */
/* See try_xdp.h: test runs, of which the device learns nothing. */
#include "collect/try_xdp.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int add(struct xdp_programs *p, uint32_t ifindex, uint32_t id, bool generic)
{
	struct xdp_program *more = realloc(p->rows, (p->n + 1) * sizeof(*more));
	struct bpf_prog_info info = {0};
	uint32_t info_size = sizeof(info);
	int fd;

	if (!more)
		return -ENOMEM;
	p->rows = more;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0)
		return -errno;
	more[p->n] = (struct xdp_program){ifindex, fd, {.id = id, .generic = generic}};
	if (!bpf_obj_get_info_by_fd(fd, &info, &info_size))
		memcpy(more[p->n].is.name, info.name, sizeof(info.name) - 1);
	p->n++;
	return 0;
}

static int look_at(struct xdp_programs *p, uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	int r = bpf_xdp_query((int)ifindex, 0, &q);
	uint32_t id = q.drv_prog_id ? q.drv_prog_id : q.skb_prog_id ? q.skb_prog_id : q.prog_id;
	bool generic = q.attach_mode == XDP_ATTACHED_SKB || (!q.drv_prog_id && q.skb_prog_id);

	if (r == -ENODEV)
		return 0; /* it is gone already */
	return r || !id ? r : add(p, ifindex, id, generic);
}

int try_xdp_open(struct xdp_programs *ret, char *err, size_t size)
{
	struct if_nameindex *all = if_nameindex();
	int r = all ? 0 : -errno;

	*ret = (struct xdp_programs){0};
	for (size_t i = 0; all && all[i].if_index && !r; i++)
		r = look_at(ret, all[i].if_index);
	if (all)
		if_freenameindex(all);
	if (r)
		snprintf(err, size, "the devices' XDP programs can't be had: %s", strerror(-r));
	return r;
}

static int run(const struct xdp_program *p, void *frame, size_t *n, size_t room,
	       struct xdp_tried *ret)
{
	struct xdp_md ctx = {.data_end = *n, .ingress_ifindex = p->ifindex};
	unsigned char *out = malloc(room);
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = *n, .data_out = out,
		    .data_size_out = room, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);
	int r = out ? bpf_prog_test_run_opts(p->fd, &o) : -ENOMEM;

	if (!r) {
		*ret = p->is;
		ret->verdict = o.retval;
		memcpy(frame, out, o.data_size_out);
		*n = o.data_size_out;
	}
	free(out);
	return r;
}

int try_xdp(const struct xdp_programs *p, uint32_t ifindex, void *frame, size_t *n, size_t room,
	    struct xdp_tried *ret, char *err, size_t size)
{
	int r = 0;

	*ret = (struct xdp_tried){0};
	for (size_t i = 0; i < p->n && !r && !ret->id; i++)
		if (p->rows[i].ifindex == ifindex)
			r = run(&p->rows[i], frame, n, room, ret);
	if (r)
		snprintf(err, size, "the XDP program of the device can't be run on the frame: %s",
			 strerror(-r));
	return r;
}

void try_xdp_close(struct xdp_programs *p)
{
	for (size_t i = 0; i < p->n; i++)
		close(p->rows[i].fd);
	free(p->rows);
	*p = (struct xdp_programs){0};
}
