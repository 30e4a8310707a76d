/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A made packet is put in at a device, and swallowed where it would get out. All of it is of the
 * current network namespace, and all that swallows goes with the process (see clsact.h for kernels
 * before 6.6). Which packet it is stands in
 * waybill/send.h; bpf/send/ has the programs.
 */
#ifndef WAYBILL_COLLECT_SWALLOW_H
#define WAYBILL_COLLECT_SWALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waybill/send.h"

struct swallow;

/* Loads. 0, or -errno with a sentence in err, as all of these. */
int swallow_open(struct swallow **ret, char *err, size_t size);
void swallow_close(struct swallow *s);

/* At what is sent through every device of the namespace that leads out of it. */
int swallow_egress(struct swallow *s, char *err, size_t size);
/* Behind all others at LOCAL_IN, of IPv4 and of IPv6. */
int swallow_local_in(struct swallow *s, char *err, size_t size);

/* The root of cgroup v2, to which all sockets belong: a descriptor, or -ENOENT. It takes
 * CAP_SYS_ADMIN. */
int swallow_cgroup(void);
/* At all sockets, for packets that are marked so. 0 or -errno. */
int swallow_sockets(struct swallow *s, int cgroup);

/* From now on this one is swallowed, and what comes of it. */
void swallow_arm(struct swallow *s, const struct wb_made *made);
/* For half a minute from then on. */
void swallow_go_on(struct swallow *s);
void swallow_disarm(struct swallow *s);
/* What was, since it was armed. */
void swallow_read(const struct swallow *s, struct wb_swallow_log *ret);

/* Hands a frame to what stands behind XDP at the device, as if it had come in there. */
int swallow_inject(struct swallow *s, uint32_t ifindex, const void *frame, size_t n, char *err,
		   size_t size);

#endif
