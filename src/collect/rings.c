/* SPDX-License-Identifier: GPL-2.0-only */
/* See rings.h. */
#include "collect/rings.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define RING_MIN ((size_t)256 << 10)
#define RING_MAX ((size_t)4 << 20)

size_t rings_size(size_t asked)
{
	size_t size = RING_MIN, want = asked;

	if (!want) {
		want = (size_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 512 /
		       libbpf_num_possible_cpus();
		if (want > RING_MAX)
			want = RING_MAX;
	} else {
		size = sysconf(_SC_PAGESIZE);
	}
	while (size < want)
		size *= 2;
	return size;
}

int rings_open(struct rings *r, int map_fd, size_t bytes)
{
	r->fd = calloc(r->n, sizeof(*r->fd));
	if (!r->fd)
		return -ENOMEM;
	for (size_t i = 0; i < r->n; i++)
		r->fd[i] = -1;
	for (uint32_t i = 0; i < r->n; i++) {
		r->fd[i] = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "waybill_ring", 0, 0, bytes, NULL);
		if (r->fd[i] < 0)
			return r->fd[i];
		if (bpf_map_update_elem(map_fd, &i, &r->fd[i], BPF_ANY))
			return -errno;
	}
	return 0;
}

void rings_close(struct rings *r)
{
	for (size_t i = 0; r->fd && i < r->n; i++)
		if (r->fd[i] >= 0)
			close(r->fd[i]);
	free(r->fd);
	r->fd = NULL;
}
