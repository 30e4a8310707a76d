/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See worker.h. Whatever happens in here, a crash, a hang, an endless answer, costs one answer: the
 * limits are the kernel's, and who asked waits no longer than the deadline.
 */
#include "host/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "host/confine.h"
#include "util/clock.h"
#include "util/netlink.h"

#define MEMORY_MAX (1UL << 30)

static int write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t did = write(fd, p, n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did <= 0)
			return -EIO;
		p += did;
		n -= did;
	}
	return 0;
}

static void limit(unsigned deadline_ms)
{
	struct itimerval t = {.it_value = {deadline_ms / 1000, deadline_ms % 1000 * 1000}};
	struct rlimit memory = {MEMORY_MAX, MEMORY_MAX}, none = {0, 0};
	sigset_t set;

	signal(SIGALRM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	setitimer(ITIMER_REAL, &t, NULL); /* its signal ends the process */
	setrlimit(RLIMIT_DATA, &memory);
	setrlimit(RLIMIT_CORE, &none);
}

/* All but the answer's way back. */
static int keep_only(int fd)
{
	int to = STDERR_FILENO + 1, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* what a library or a tool says in its despair is not for this terminal */
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (null < 0 || dup2(null, i) < 0)
			_exit(1);
	if (fd != to && dup2(fd, to) < 0)
		_exit(1);
	close_range(to + 1, ~0U, 0);
	return to;
}

static void answer(const struct host_question_row *row, const char *args, size_t size, int fd)
{
	json_t *in = size ? json_loadb(args, size, 0, NULL) : NULL, *told = NULL;
	int r = row->ask(in, &told);
	char *text = told ? json_dumps(told, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	if (!r && !text)
		r = -ENOMEM;
	if (!write_all(fd, &r, sizeof(r)) && text)
		write_all(fd, text, strlen(text));
}

void host_work(const struct host_request *q, const void *arg, int netns_fd, int fd)
{
	const struct host_question_row *row = &host_questions[q->number];
	int r = 0;

	limit(q->patience_ms ? q->patience_ms : row->deadline_ms);
	if (q->patience_ms)
		netlink_set_deadline(clock_now_ns() + q->patience_ms * MS_NS);
	if (netns_fd >= 0 && setns(netns_fd, CLONE_NEWNET))
		r = -errno;
	fd = keep_only(fd);
	if (!r && row->rights != HOST_ITSELF)
		r = host_confine(row->rights);
	if (r)
		write_all(fd, &r, sizeof(r));
	else
		answer(row, arg, q->size, fd);
	_exit(0);
}
