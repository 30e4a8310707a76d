/* SPDX-License-Identifier: GPL-2.0-only */
/* The further network namespaces that a made packet can get to: there it is swallowed, too. */
#ifndef WAYBILL_CMD_SEND_AROUND_H
#define WAYBILL_CMD_SEND_AROUND_H

#include <stddef.h>
#include <stdint.h>

struct around {
	struct around_netns {
		int fd;
		uint32_t inum;
	} *rows; /* the first is the one that it begins in */
	size_t n;
};

/*
 * From the current namespace on, and those of these again; the rights to enter them all are needed.
 * 0, or -errno with a sentence in err. around_close() in any case.
 */
int around_find(struct around *ret, char *err, size_t size);
/* Goes there, 0: back. 0 or -errno. */
int around_enter(const struct around *a, size_t i);
void around_close(struct around *a);

#endif
