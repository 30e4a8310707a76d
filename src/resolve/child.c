/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking another tool inside a namespace. */
#include "resolve/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS 3000
#define OUTPUT_MAX (16 << 20)

static void run(int netns_fd, const char *const argv[], int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setns(netns_fd, CLONE_NEWNET))
		_exit(126);
	dup2(null, 0);
	dup2(out, 1);
	dup2(null, 2);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* Either a program, or a function whose answer is written as JSON. */
struct task {
	int netns_fd;
	const char *const *argv;
	int (*ask)(const json_t *args, json_t **ret);
};

static void answer(const struct task *t, int out)
{
	json_t *value = NULL;

	alarm(TIMEOUT_MS / 1000);
	if (setns(t->netns_fd, CLONE_NEWNET) || t->ask(NULL, &value) ||
	    json_dumpfd(value, out, JSON_COMPACT))
		_exit(126);
	_exit(0);
}

static int output_of(const struct task *t, struct text *out)
{
	int fds[2], status, r = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		r = -errno;
		close(fds[0]);
		close(fds[1]);
		return r;
	}
	if (!pid && t->ask)
		answer(t, fds[1]);
	if (!pid)
		run(t->netns_fd, t->argv, fds[1]);
	close(fds[1]);
	for (;;) {
		struct pollfd p = {.fd = fds[0], .events = POLLIN};
		char buf[4096];
		ssize_t n;

		if (poll(&p, 1, TIMEOUT_MS) <= 0 || out->n > OUTPUT_MAX) {
			kill(pid, SIGKILL);
			r = -ETIMEDOUT;
			break;
		}
		n = read(fds[0], buf, sizeof(buf));
		if (n <= 0)
			break;
		text_put(out, buf, n);
	}
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!r && (!WIFEXITED(status) || WEXITSTATUS(status)))
		r = -EIO;
	return r;
}

int child_output(int netns_fd, const char *const argv[], struct text *out)
{
	return output_of(&(struct task){.netns_fd = netns_fd, .argv = argv}, out);
}

json_t *child_answer(int netns_fd, int (*ask)(const json_t *args, json_t **ret))
{
	struct text out = {0};
	json_t *value = NULL;

	if (netns_fd >= 0 && !output_of(&(struct task){.netns_fd = netns_fd, .ask = ask}, &out) &&
	    out.n)
		value = json_loads(out.s, 0, NULL);
	text_free(&out);
	return value ? value : json_object();
}

json_t *child_json(int netns_fd, const char *const argv[])
{
	struct text out = {0};
	json_t *value = NULL;

	if (netns_fd >= 0 && !child_output(netns_fd, argv, &out) && out.n)
		value = json_loads(out.s, 0, NULL);
	text_free(&out);
	return value;
}
