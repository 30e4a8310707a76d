/* SPDX-License-Identifier: GPL-2.0-only */
/* What processes of waybill can't do any more: capabilities and system calls taken away. */
#ifndef WAYBILL_HOST_CONFINE_H
#define WAYBILL_HOST_CONFINE_H

#include <stdint.h>

#include "host/host.h"

/* A worker's: only what its kind of question needs. 0 or -errno. */
int host_confine(enum host_rights rights);
/* Before another program is run: what iptables-legacy-save needs, and nothing to be gained. */
int host_confine_tool(void);
/*
 * The main process's, once all is attached: no capabilities but those of keep (a bit each), and
 * none to be gained; no new programs, namespaces, modules or traced processes. 0 or -errno.
 */
int host_confine_main(uint64_t keep);
/* The broker's: it keeps what its workers and the keeper need, and no more can be gained. */
int host_confine_broker(void);
/*
 * After host_confine(HOST_SENDER), once all programs are loaded: no file is opened any more, and of
 * bpf() only the call is left that puts a packet in. 0 or -errno.
 */
int host_confine_injecting(void);

#endif
