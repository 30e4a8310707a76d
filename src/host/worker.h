/* SPDX-License-Identifier: GPL-2.0-only */
/* A process that answers one question: into the namespace, rights away, answer, end. */
#ifndef WAYBILL_HOST_WORKER_H
#define WAYBILL_HOST_WORKER_H

#include <stdint.h>

#include "host/host.h"

/* A question on its way to the broker; size bytes of the argument follow. */
struct host_request {
	uint32_t what; /* see below */
	uint32_t number;
	uint32_t netns; /* inode number, 0: the own one */
	uint32_t size;
	uint32_t patience_ms; /* 0, or an answer may take so long */
};
enum host_what { REQUEST_JSON, REQUEST_NETNS };

#define HOST_ARG_MAX (48 << 10)

struct host_question_row {
	const char *name;
	int (*ask)(const json_t *args, json_t **ret);
	enum host_rights rights;
	unsigned fresh_ms, deadline_ms;
	/* so long, and four times as long as its answer took, it is not asked again, whatever is
	 * asked for: it is large; 0: it may be */
	unsigned pause_ms;
	unsigned rate; /* at most so many times a second, beyond that "could not be read"; 0: any */
	bool here;     /* needs no rights: in the own namespace this process asks by itself */
	bool lasts;    /* asked after what it is asked for, it is as good as a new one */
	bool unrecorded; /* who asks makes facts of it */
	bool once;	 /* of nearly each packet another: whoever begins a file later has it not */
};
extern const struct host_question_row host_questions[HOST_QUESTION_MAX];

/*
 * Answers on fd: the status as an int, then the answer's bytes. netns_fd: where, -1: here. Does not
 * return.
 */
__attribute__((noreturn)) void host_work(const struct host_request *q, const void *arg,
					 int netns_fd, int fd);

#endif
