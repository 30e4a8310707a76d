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

#endif
