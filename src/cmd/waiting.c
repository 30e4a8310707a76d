/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that looks at the clock while the start is busy in the kernel. */
#include "cmd/waiting.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ends;
	const char *what, *said;
	bool runs;
} waiting = {.lock = PTHREAD_MUTEX_INITIALIZER, .ends = PTHREAD_COND_INITIALIZER};

static void *look(void *arg)
{
	struct timespec next;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &next);
	pthread_mutex_lock(&waiting.lock);
	while (waiting.runs) {
		next.tv_sec++;
		if (!pthread_cond_timedwait(&waiting.ends, &waiting.lock, &next) || !waiting.runs)
			break;
		if (waiting.what && waiting.what != waiting.said)
			fprintf(stderr, "waybill: starting: %s\n", waiting.what);
		waiting.said = waiting.what;
	}
	pthread_mutex_unlock(&waiting.lock);
	return NULL;
}

void waiting_begin(void)
{
	waiting.runs = true;
	waiting.what = waiting.said = NULL;
	waiting.runs = !pthread_create(&waiting.thread, NULL, look, NULL);
}

void waiting_for(void *arg, const char *what)
{
	(void)arg;
	pthread_mutex_lock(&waiting.lock);
	waiting.what = what;
	pthread_mutex_unlock(&waiting.lock);
}

void waiting_end(void)
{
	if (!waiting.runs)
		return;
	pthread_mutex_lock(&waiting.lock);
	waiting.runs = false;
	pthread_cond_signal(&waiting.ends);
	pthread_mutex_unlock(&waiting.lock);
	pthread_join(waiting.thread, NULL);
}
