/* SPDX-License-Identifier: GPL-2.0-only */
/* See recording.h. */
#include "cmd/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define PIECE	     65536
#define UNPACKED_MAX (8ULL << 30) /* a small file must not fill the disk */

/* Each write of the stream's buffer can be read at once: what is cut off later is whole up to it.
 */
static ssize_t put_packed(void *cookie, const char *data, size_t size)
{
	gzFile f = cookie;

	if (gzwrite(f, data, size) != (int)size || gzflush(f, Z_SYNC_FLUSH) != Z_OK)
		return 0;
	return size;
}

static int close_packed(void *cookie)
{
	return gzclose(cookie) == Z_OK ? 0 : EOF;
}

static FILE *create_packed(const char *path)
{
	const cookie_io_functions_t io = {.write = put_packed, .close = close_packed};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	gzFile packed = fd < 0 ? NULL : gzdopen(fd, "wb1");
	FILE *f = packed ? fopencookie(packed, "w", io) : NULL;

	if (f)
		setvbuf(f, NULL, _IOFBF, PIECE);
	else if (packed)
		gzclose(packed);
	else if (fd >= 0)
		close(fd);
	return f;
}

FILE *recording_create(const char *path)
{
	size_t n = strlen(path);

	if (!strcmp(path, "-"))
		return stdout;
	if (n > 3 && !strcmp(path + n - 3, ".gz"))
		return create_packed(path);
	return fopen(path, "we");
}

int recording_unpack(struct recording_in *r)
{
	gzFile in = r->packed < 0 ? NULL : gzdopen(r->packed, "rb");
	static char piece[PIECE];
	uint64_t all = 0;
	int n = 0, e = 0;

	if (r->packed < 0)
		return 0;
	if (!in)
		return -ENOMEM;
	r->packed = -1;
	while (!e && (n = gzread(in, piece, sizeof(piece))) > 0) {
		all += n;
		if (all > UNPACKED_MAX)
			e = -EFBIG;
		else if (fwrite(piece, 1, n, r->f) != (size_t)n)
			e = -(errno ? errno : EIO);
	}
	/* a file that is still written, or was cut off, has no end: what is there is read */
	gzclose_r(in);
	rewind(r->f);
	return e;
}

int recording_open(const char *path, struct recording_in *ret)
{
	bool is_input = !strcmp(path, "-");
	int fd = is_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t magic[2] = {0};
	struct stat st;
	int e;

	*ret = (struct recording_in){.packed = -1};
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    (pread(fd, magic, sizeof(magic), 0) < 2 || magic[0] != 0x1f || magic[1] != 0x8b)) {
		ret->f = fdopen(fd, "re");
	} else {
		ret->f = tmpfile(); /* without a name: the kernel removes it with the process */
		ret->packed = ret->f ? fd : -1;
	}
	e = errno;
	if (ret->f)
		return 0;
	close(fd);
	return -e;
}

void recording_close(struct recording_in *r)
{
	if (r->f)
		fclose(r->f);
	if (r->f && r->packed >= 0)
		close(r->packed);
	*r = (struct recording_in){.packed = -1};
}
