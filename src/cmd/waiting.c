/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that looks at the clock while the start is busy in the kernel. */
#include "cmd/waiting.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "util/ending.h"

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

static void (*give_back)(void);

static void end_now(int signal)
{
	static const char line[] = "waybill: asked to end before it traced\n";

	(void)signal;
	if (give_back)
		give_back();
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(EXIT_CANNOT);
	_exit(EXIT_DONE);
}

void waiting_ends_at_once(void (*leave)(void))
{
	const struct sigaction act = {.sa_handler = end_now};
	sigset_t set;

	give_back = leave;
	ending_signals(&set);
	for (int s = 1; s < NSIG; s++)
		if (sigismember(&set, s) == 1)
			sigaction(s, &act, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void waiting_ends_in_order(void)
{
	sigset_t set;

	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}
