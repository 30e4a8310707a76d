/* SPDX-License-Identifier: GPL-2.0-only */
/* A namespace's sysctls that are numbers, also as deciders. Which one matters is not known here. */
#ifndef WAYBILL_HOST_SYSCTL_H
#define WAYBILL_HOST_SYSCTL_H

#include "model/decider.h"
#include "host/names.h"

/* path: below /proc/sys/net, "ipv4/ip_forward". -1: there is none, or nobody can be asked. */
int sysctl_number(struct names *n, uint32_t inum, const char *path);

/* name: as sysctl(8) has it. A new reference; NULL: its value could
 * not be read. */
struct decider *sysctl_decider(const char *name, int value);

#endif
