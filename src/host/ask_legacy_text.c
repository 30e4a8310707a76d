/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Legacy iptables as its own tool prints it: the one program that is run for an answer, by its
 * absolute path, without a shell and with an empty environment.
 */
#include <errno.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/ask.h"
#include "host/confine.h"
#include "util/foreign_json.h"
#include "util/text.h"

#define OUTPUT_MAX (16 << 20)

static const struct {
	const char *tables, *tool;
} tools[] = {
	{"/proc/thread-self/net/ip_tables_names", "/usr/sbin/iptables-legacy-save"},
	{"/proc/thread-self/net/ip6_tables_names", "/usr/sbin/ip6tables-legacy-save"},
};

/* The tool itself would make tables that are not there. */
static bool has_tables(const char *path)
{
	FILE *f = fopen(path, "re");
	int c = f ? fgetc(f) : EOF;

	if (f)
		fclose(f);
	return c != EOF;
}

__attribute__((noreturn)) static void run(const char *tool, int out)
{
	char *argv[] = {(char *)tool, NULL}, *none[] = {NULL};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(out, STDOUT_FILENO) >= 0)
		execve(tool, argv, none);
	_exit(127);
}

/* 0, -EOPNOTSUPP: the tool is not installed, or -errno. */
static int output_of(const char *tool, struct text *ret)
{
	int fds[2], status;
	char buf[4096];
	ssize_t n;
	pid_t pid;

	if (pipe(fds))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		run(tool, fds[1]);
	close(fds[1]);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0 && ret->n < OUTPUT_MAX)
		text_put(ret, buf, n);
	close(fds[0]);
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -EIO;
	return !WEXITSTATUS(status) ? 0 : WEXITSTATUS(status) == 127 ? -EOPNOTSUPP : -EIO;
}

int host_ask_legacy_text(const json_t *args, json_t **ret)
{
	bool six = json_integer_value(json_object_get(args, "family")) == 6;
	struct text t = {0};
	int r;

	if (!has_tables(tools[six].tables))
		return -ENOENT;
	r = host_confine_tool();
	if (!r)
		r = output_of(tools[six].tool, &t);
	if (!r) {
		*ret = json_pack("{s:o}", "text", foreign_json(t.s ? t.s : "", SIZE_MAX));
		r = *ret ? 0 : -ENOMEM;
	}
	text_free(&t);
	return r;
}
