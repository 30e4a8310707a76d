/* SPDX-License-Identifier: GPL-2.0-only */
/* See until.h. */
#include "cmd/until.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(int go, const char *command)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (read(go, &byte, 1) == 1)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int until_open(struct until *u, const char *command)
{
	int pipe_fd[2];

	*u = (struct until){.go = -1, .ended = -1};
	if (!command)
		return 0;
	if (pipe2(pipe_fd, O_CLOEXEC))
		return -errno;
	u->pid = fork();
	if (!u->pid) {
		close(pipe_fd[1]);
		run(pipe_fd[0], command);
	}
	close(pipe_fd[0]);
	u->go = pipe_fd[1];
	if (u->pid < 0)
		return -errno;
	u->ended = syscall(SYS_pidfd_open, u->pid, 0);
	return u->ended < 0 ? -errno : 0;
}

void until_go(struct until *u)
{
	/* if nobody reads it, the process is gone, which is seen at its descriptor */
	if (u->go >= 0 && write(u->go, "g", 1) < 0)
		return;
}

void until_close(struct until *u, const char *command)
{
	struct pollfd p = {.fd = u->ended, .events = POLLIN};
	int status = 0;

	if (u->pid <= 0)
		return;
	close(u->go);
	if (u->ended < 0 || poll(&p, 1, 0) <= 0)
		kill(u->pid, SIGTERM);
	else if (waitpid(u->pid, &status, 0) == u->pid && status)
		fprintf(stderr, "waybill: '%s' %s %d\n", command,
			WIFEXITED(status) ? "exited with" : "was ended by signal",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	if (u->ended >= 0)
		close(u->ended);
	u->pid = 0;
}
