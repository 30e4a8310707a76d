/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said on a terminal while a start takes longer than a second. */
#ifndef WAYBILL_CMD_WAITING_H
#define WAYBILL_CMD_WAITING_H

/* From now on, until waiting_end(): each thing that is being done while a second ends is a line. */
void waiting_begin(void);
/* what: a constant. Takes the form of collect_opts.doing. */
void waiting_for(void *arg, const char *what);
/* Before any fork. Also where nothing was begun. */
void waiting_end(void);

/*
 * While the kernel checks the programs nothing is there yet that must end in order: a signal ends
 * the process at once. leave, which may be NULL, gives a terminal back before.
 */
void waiting_ends_at_once(void (*leave)(void));
/* From now on such signals wait until they are looked for: util/ending.h. */
void waiting_ends_in_order(void);

#endif
