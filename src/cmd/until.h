/* SPDX-License-Identifier: GPL-2.0-only */
/* --until-exit: a command that runs while packets are followed. */
#ifndef WAYBILL_CMD_UNTIL_H
#define WAYBILL_CMD_UNTIL_H

#include <sys/types.h>

struct until {
	pid_t pid;
	int go;	   /* written to: the command may begin */
	int ended; /* readable when it has ended; -1: there is none */
};

/*
 * Makes the process, which waits: it is made before anything is attached, so that nothing of
 * waybill's is in it. command NULL: nothing. 0 or -errno.
 */
int until_open(struct until *u, const char *command);
void until_go(struct until *u);
/* Tells on standard error if it failed; ends it if it still runs. */
void until_close(struct until *u, const char *command);

#endif
