/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chains of XDP programs, as libxdp makes them: the interface has a program `xdp_dispatcher`, which
 * calls its functions prog0, prog1 ... in turn, each replaced by a program of the chain (a
 * component, BPF_PROG_TYPE_EXT). What a component says is the dispatcher's verdict, too, unless it
 * is one after which the next component is called; if all were called, the packet passes. A
 * component that is alone replaces all of the dispatcher. Who they are the kernel's links tell,
 * since Linux 5.13.
 */
#ifndef WAYBILL_UTIL_XDP_CHAIN_H
#define WAYBILL_UTIL_XDP_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XDP_CHAIN_MAX 10 /* as many functions has libxdp's dispatcher */

#define XDP_DISPATCHER "xdp_dispatcher"

struct xdp_component {
	uint32_t id;	     /* of the program */
	uint32_t dispatcher; /* the id of the program that calls it */
	unsigned place;	     /* the first one called has 0 */
	bool alone;	     /* the dispatcher's own code does not run */
};

/*
 * The component whose link has the next higher id than *link, which becomes that id; 0 begins. 0,
 * or -ENOENT: there is none.
 */
int xdp_chain_next(uint32_t *link, struct xdp_component *ret);

/* The components of a program, in the order of their calls. Returns how many, 0: it is no
 * dispatcher. */
size_t xdp_chain_read(uint32_t dispatcher, struct xdp_component ret[XDP_CHAIN_MAX]);

/* The dispatcher that calls a program, 0: it is no component. */
uint32_t xdp_chain_of(uint32_t program);

#endif
