/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one door to the machine: every question to the system goes through here. Which questions
 * there are stands in ask.h; how they are answered in ask_*.c; who answers, in broker.c.
 */
#ifndef WAYBILL_HOST_HOST_H
#define WAYBILL_HOST_HOST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/ask.h"
#include "model/fact.h"

struct host;

/* What a worker keeps of its rights, and what of the system it may touch, while it answers. */
enum host_rights {
	HOST_NETLINK,	/* netlink sockets of the namespace, CAP_NET_ADMIN; no files */
	HOST_FILES,	/* the same, and files may be opened for reading */
	HOST_PROCESSES, /* other processes' open files */
	HOST_PROGRAMS,	/* BPF programs and links by their ids */
	HOST_RAW,	/* files, and raw sockets, through which legacy iptables is asked */
	HOST_ITSELF,	/* confines itself, after it has opened what it needs */
	/* no workers, but confined as they are: */
	HOST_SENDER, /* loads the programs that put a packet in and swallow it */
	HOST_READER, /* reads a recording that is open: no rights, no sockets, no file to write */
};

/* Rows in ask.h. */
enum host_question {
#define HOST_QUESTION(name, ...) HOST_ASK_##name,
	HOST_QUESTIONS(HOST_QUESTION)
#undef HOST_QUESTION
		HOST_QUESTION_MAX
};

/* What became of a question. The three kinds of "no" are never mixed up. */
enum host_answer {
	HOST_TOLD,	/* here it is */
	HOST_NOT_THERE, /* the kernel says that there is no such thing */
	HOST_UNREAD,	/* no rights, no time, no such interface: it may be there or not */
	HOST_UNCLEAR,	/* there was an answer, and it could not be understood */
};
/* Is it known, be it that there is none? */
static inline bool host_was_read(enum host_answer a)
{
	return a == HOST_TOLD || a == HOST_NOT_THERE;
}
/* "could not be read": for sentences. */
const char *host_answer_words(enum host_answer a);

/* 0 or -ENOMEM. */
int host_new(struct host **ret);
/* Also ends the broker. */
void host_free(struct host *h);

/*
 * What else needs rights: a process of its own, the keeper, does it beside the broker, because it
 * may take seconds.
 */
struct host_duty {
	void (*enter)(void *arg); /* once, in the keeper */
	void (*leave)(void *arg); /* once, in the broker: lets go of what is the keeper's */
	int (*tend)(void *arg);	  /* often; returns after how many milliseconds again, -1: never */
	void *arg;
};
/*
 * Starts the broker, a process that keeps the rights of this one; from then on this one needs none
 * to ask. duty may be NULL. While the process has one thread. 0 or -errno. Without this call it is
 * started by the first question.
 */
int host_start(struct host *h, const struct host_duty *duty);
/* False: it was started and has ended. */
bool host_is_alive(const struct host *h);
/* Its process id, 0: there is none. */
int host_broker(const struct host *h);

/* From now on each answer also goes to f; offline: nobody is asked, all answers come from there. */
void host_use_facts(struct host *h, struct facts *f, bool offline);

/*
 * Asks in the namespace with this inode number (0: the own one). args: a new reference, which is
 * taken, or NULL. *ret: a new reference, NULL unless HOST_TOLD. Answers are kept for a moment.
 */
enum host_answer host_ask(struct host *h, enum host_question q, uint32_t netns, json_t *args,
			  json_t **ret);

/* When a question was asked and its answer was there, on the events' clock. */
struct host_times {
	uint64_t asked_ns, told_ns;
};
/*
 * The same, for who needs an answer that was asked after a time: it is, if it can be had (large
 * answers are not, a row says which). times may be NULL; zeroed where nobody answered.
 */
#define HOST_ANEW (UINT64_MAX - 1) /* for after_ns: after now */
enum host_answer host_ask_after(struct host *h, enum host_question q, uint32_t netns, json_t *args,
				uint64_t after_ns, struct host_times *times, json_t **ret);
/* The last answer, which may be some seconds old, without asking. HOST_UNREAD: there is none. */
enum host_answer host_last(struct host *h, enum host_question q, uint32_t netns, json_t *args,
			   json_t **ret);

/*
 * From now on an answer may take so long, instead of its row's deadline: for who asks in bulk, and
 * has nothing else to do.
 */
void host_be_patient(struct host *h, unsigned ms);

/*
 * Once it is asked to end (util/ending.h), answers are had for so long; all others "could not be
 * read". signals: a descriptor of signalfd() that is readable then; it stays the caller's. -1: from
 * now on nobody asks it to end.
 */
void host_end_with(struct host *h, int signals, unsigned last_ms);
/* How many questions had no answer for that reason. */
size_t host_unasked(const struct host *h);

/*
 * fn is called before a question is asked, but not all the time: it may ask what can't wait. NULL:
 * nobody is.
 */
void host_before_asking(struct host *h, void (*fn)(void *arg), void *arg);

/* From now on everything is asked anew. */
void host_forget(struct host *h);

/* Where a namespace was found. */
struct host_netns {
	char name[64];	/* "R", "host", "pid 12 (comm)" */
	char path[128]; /* "": it is gone, or too long */
};
/* 0, -ESRCH: it is gone, or -errno: could not be looked for. */
int host_find_netns(struct host *h, uint32_t netns, struct host_netns *ret);
uint32_t host_own_netns(const struct host *h);

#endif
