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

/* To a file without a name, which the kernel removes with the process. */
static FILE *unpack(int fd)
{
	gzFile in = gzdopen(fd, "rb");
	FILE *out = in ? tmpfile() : NULL;
	uint64_t all = 0;
	static char piece[PIECE];
	int n = 0;

	while (out && (n = gzread(in, piece, sizeof(piece))) > 0) {
		all += n;
		errno = all > UNPACKED_MAX ? EFBIG : 0;
		if (errno || fwrite(piece, 1, n, out) != (size_t)n) {
			fclose(out);
			out = NULL;
		}
	}
	/* a file that is still written, or was cut off, has no end: what is there is read */
	if (in)
		gzclose_r(in);
	if (out)
		rewind(out);
	return out;
}

FILE *recording_open(const char *path)
{
	bool is_input = !strcmp(path, "-");
	int fd = is_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t magic[2] = {0};
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    (pread(fd, magic, sizeof(magic), 0) < 2 || magic[0] != 0x1f || magic[1] != 0x8b))
		return fdopen(fd, "re");
	return unpack(fd);
}
