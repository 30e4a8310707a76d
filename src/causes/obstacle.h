/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that a packet can meet in waybill's own namespace, station by station, in running order:
 * programs, tc filters, bridges and their ports, hooks, routing rules, sysctls, qdiscs.
 */
#ifndef WAYBILL_CAUSES_OBSTACLE_H
#define WAYBILL_CAUSES_OBSTACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/names.h"
#include "util/text.h"
#include "waybill/station.h"

struct obstacle {
	enum wb_station station;
	const char *kind;   /* static: "xdp_program", "nft_chain", "kernel", "qdisc" ... */
	const char *family; /* static, NULL: none */
	char dev[16];	    /* "": all */
	bool has_priority;
	int priority;
	uint32_t prog_id;   /* 0: no program */
	uint32_t dev_index; /* 0: all, or not told */
	char text[192];	    /* what names it, as its own tool prints it */
};

struct obstacles {
	struct obstacle *rows;
	size_t n;
	bool hooks_from_kernel; /* else by the rulesets' priorities */
	struct names *names;	/* who is asked */
	struct text unread;	/* what could not be read, and why; no n: all was */
};

/*
 * n becomes patient. dev: NULL all devices. 0, -ENODEV: there is none of that name, -EACCES: the
 * devices could not be read; obstacles_free() in each case.
 */
int obstacles_read(struct obstacles *o, struct names *n, const char *dev);
void obstacles_free(struct obstacles *o);

#endif
