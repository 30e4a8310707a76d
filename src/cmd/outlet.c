/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See outlet.h. The signals that end waybill are blocked and wait for its loop to look; while a
 * write waits for a reader, the loop does not run, so they are looked for here.
 */
#include "cmd/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "util/clock.h"
#include "util/ending.h"

#define LOOK_MS 50
#define PIECE	4096 /* what a descriptor that is ready takes without waiting */

static struct {
	int fd;
	bool may_wait; /* fd can't be told not to */
	int error;
} out = {.fd = STDOUT_FILENO};

/* Until the reader takes more. False: it doesn't, and waybill is to end. */
static bool wait_for_reader(void)
{
	struct pollfd p = {.fd = out.fd, .events = POLLOUT};

	do {
		if (poll(&p, 1, LOOK_MS) > 0)
			return true;
	} while (clock_now_ns() < ending_limit_ns(UINT64_MAX, ENDING_READER_MS));
	return false;
}

static ssize_t put(void *cookie, const char *data, size_t size)
{
	size_t at = 0;
	int error;

	(void)cookie;
	while (at < size && !out.error) {
		size_t piece = size - at;
		ssize_t n;

		if (out.may_wait && !wait_for_reader())
			out.error = ECANCELED;
		if (out.may_wait && piece > PIECE)
			piece = PIECE;
		n = out.error ? 0 : write(out.fd, data + at, piece);
		error = n < 0 ? errno : 0; /* which waiting may change */
		if (n > 0)
			at += n;
		else if (error == EAGAIN && !wait_for_reader())
			out.error = ECANCELED;
		else if (error && error != EAGAIN && error != EINTR)
			out.error = error;
	}
	if (at == size)
		return size;
	errno = out.error;
	return 0;
}

void outlet_open(void)
{
	const cookie_io_functions_t io = {.write = put};
	struct stat st;
	FILE *f;

	if (fstat(STDOUT_FILENO, &st) || S_ISREG(st.st_mode))
		return;
	/* a description of its own: the flag would be our reader's and our shell's, too */
	out.fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	out.may_wait = out.fd < 0;
	if (out.may_wait)
		out.fd = STDOUT_FILENO;
	f = fopencookie(NULL, "w", io);
	if (f)
		stdout = f;
}

int outlet_close(int code)
{
	errno = 0;
	if (fflush(stdout) || ferror(stdout)) {
		int error = out.error ? out.error : errno ? errno : EIO;

		/* a reader that has seen enough, or that a signal made us leave, is no failure */
		if (code == EXIT_DONE && error != EPIPE && error != ECANCELED) {
			fprintf(stderr, "waybill: standard output: %s\n", strerror(error));
			return EXIT_CANNOT;
		}
	}
	return code;
}
