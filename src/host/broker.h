/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that keeps the rights: it finds namespaces and forks a worker for each question. It
 * parses nothing that is foreign, and knows no requests but those of the table.
 */
#ifndef WAYBILL_HOST_BROKER_H
#define WAYBILL_HOST_BROKER_H

#include "host/worker.h"

/* What comes back at once; with status 0 of a question also a descriptor, to read the answer from.
 */
struct host_reply {
	int32_t status;
	struct host_netns found; /* of REQUEST_NETNS */
};

struct broker;

/* Forks it. duty as in host_start(). 0 or -errno. */
int broker_start(struct broker **ret, const struct host_duty *duty);
/* Its end is waited for until then; it ends by itself when this process does, however that happens.
 */
void broker_stop(struct broker *b, uint64_t until_ns);
int broker_pid(const struct broker *b);
bool broker_is_alive(struct broker *b);

/* Sends a request. 0 or -errno: nobody is there. */
int broker_request(struct broker *b, const struct host_request *q, const void *arg);
/* Readable when its reply is there. */
int broker_socket(const struct broker *b);
/* Takes it; *ret_fd: where the answer comes, -1: none. 0 or -errno: nobody is there. */
int broker_reply(struct broker *b, struct host_reply *ret, int *ret_fd);

#endif
