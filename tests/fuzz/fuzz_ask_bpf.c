/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The questions that bpf(), a walk through /proc or one through the cgroups answers (netlink's and
 * files: fuzz_ask.c): any ids, names, counts, errors and paths. No crash, an end, and what comes
 * out is JSON that can be written. The system is taken away by the linker (--wrap).
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "question.h"
#include "util/netlink.h"

#define BPF_AND_WALKS(X)                                                                           \
	X(tcx)                                                                                     \
	X(program)                                                                                 \
	X(xdp_chain)                                                                               \
	X(cgroup_programs)                                                                         \
	X(netfilter_links)                                                                         \
	X(owners)                                                                                  \
	X(namespaces)
#define ROW(name) host_ask_##name,
static const host_ask_fn questions[] = {BPF_AND_WALKS(ROW)};
#define N_QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static const char *const arguments[] = {
	"{}",
	"{\"ifindex\":3}",
	"{\"id\":7,\"family\":6,\"hook\":2}",
	"{\"types\":[0,1,2,-1,\"x\"],\"pid\":12}",
	"{\"types\":[4294967295]}",
	"{\"inodes\":[0,1,\"x\",4026531840,18446744073709551615]}",
};
#define N_ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

static const uint8_t *input;
static size_t left;
static bool playing; /* a question runs: else it is the fuzzer itself that looks into a folder */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void next_bytes(void *to, size_t n)
{
	size_t m = n < left ? n : left;

	memset(to, 0, n);
	memcpy(to, input, m);
	input += m;
	left -= m;
}

static uint8_t next_byte(void)
{
	uint8_t b;

	next_bytes(&b, 1);
	return b;
}

/* A short text of any bytes but 0. */
static void next_text(char *to, size_t size)
{
	size_t n = next_byte() % size;

	next_bytes(to, n);
	to[n] = 0;
}

/* Whether the kernel refuses, and how. */
static int next_error(void)
{
	static const int errors[] = {0, 0, 0, 0, ENOENT, EPERM, EINVAL, ENODEV, ENOSPC};

	errno = left ? errors[next_byte() % (sizeof(errors) / sizeof(errors[0]))] : ENOENT;
	return errno ? -1 : 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	if (playing)
		return next_error() ? -1 : memfd_create("file", MFD_CLOEXEC);
	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	return __real_open(path, flags, mode);
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
	size_t n;
	FILE *f;

	if (!playing)
		return __real_fopen(path, mode);
	if (next_error())
		return NULL;
	f = tmpfile();
	n = next_byte() * 3U;
	n = n < left ? n : left;
	if (!f || fwrite(input, 1, n, f) != n)
		abort();
	rewind(f);
	input += n;
	left -= n;
	return f;
}

/* --- bpf(): any id has something behind it --- */
int __wrap_bpf_prog_get_fd_by_id(__u32 id);
int __wrap_bpf_prog_get_fd_by_id(__u32 id)
{
	(void)id;
	return next_error() ? -1 : memfd_create("program", MFD_CLOEXEC);
}

int __wrap_bpf_link_get_fd_by_id(__u32 id);
int __wrap_bpf_link_get_fd_by_id(__u32 id)
{
	return __wrap_bpf_prog_get_fd_by_id(id);
}

int __wrap_bpf_link_get_next_id(__u32 id, __u32 *next);
int __wrap_bpf_link_get_next_id(__u32 id, __u32 *next)
{
	if (next_error())
		return -1;
	*next = id + 1;
	return 0;
}

/* Types and names that are looked for are likely, the rest is any bytes. */
int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len);
int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len)
{
	struct bpf_prog_info *program = info;
	uint8_t kind;

	(void)fd;
	if (next_error())
		return -1;
	kind = next_byte();
	next_bytes(info, *len);
	if (kind & 1)
		program->type = (uint32_t[]){BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_EXT,
					     BPF_LINK_TYPE_TRACING, 10}[kind >> 1 & 3];
	if (kind & 8 && *len == sizeof(*program))
		snprintf(program->name, sizeof(program->name), "xdp_dispatcher");
	return 0;
}

struct btf *__wrap_btf__load_from_kernel_by_id(__u32 id);
struct btf *__wrap_btf__load_from_kernel_by_id(__u32 id)
{
	struct btf *btf = next_error() ? NULL : btf__new_empty();
	char name[16];

	(void)id;
	next_text(name, sizeof(name));
	if (btf && *name)
		btf__add_int(btf, name, 4, 0);
	return btf;
}

/* Counts may be more than there was room for, as with ENOSPC. */
int __wrap_bpf_prog_query_opts(int target, enum bpf_attach_type type,
			       struct bpf_prog_query_opts *q);
int __wrap_bpf_prog_query_opts(int target, enum bpf_attach_type type, struct bpf_prog_query_opts *q)
{
	(void)target;
	(void)type;
	next_bytes(q->prog_ids, q->prog_cnt * sizeof(*q->prog_ids));
	q->prog_cnt = next_byte();
	return next_error();
}

int __wrap_bpf_prog_query(int target, enum bpf_attach_type type, __u32 query_flags, __u32 *flags,
			  __u32 *ids, __u32 *n);
int __wrap_bpf_prog_query(int target, enum bpf_attach_type type, __u32 query_flags, __u32 *flags,
			  __u32 *ids, __u32 *n)
{
	(void)target;
	(void)type;
	(void)query_flags;
	(void)flags;
	next_bytes(ids, *n * sizeof(*ids));
	*n = next_byte();
	return next_error();
}

/* --- walks --- */
int __wrap_nftw(const char *root, __nftw_func_t fn, int fds, int flags);
int __wrap_nftw(const char *root, __nftw_func_t fn, int fds, int flags)
{
	struct stat st = {0};
	struct FTW at = {0};
	char path[512], name[200];

	(void)fds;
	(void)flags;
	for (int i = 0; left && i < 64; i++) {
		next_text(name, sizeof(name));
		snprintf(path, sizeof(path), "%s/%s", root, name);
		if (fn(path, &st, next_byte() & 1 ? FTW_D : FTW_F, &at))
			return 1;
	}
	return 0;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
	if (!playing)
		return __real_opendir(path);
	return next_error() ? NULL : (DIR *)&input; /* never looked into */
}

struct dirent *__real_readdir(DIR *d);
struct dirent *__wrap_readdir(DIR *d);
struct dirent *__wrap_readdir(DIR *d)
{
	static struct dirent e[2]; /* of a folder, and of one in it */
	static unsigned turn;
	struct dirent *one = &e[turn++ % 2];

	if (!playing)
		return __real_readdir(d);
	if (next_error())
		return NULL;
	if (next_byte() & 1)
		snprintf(one->d_name, sizeof(one->d_name), "%u", next_byte());
	else
		next_text(one->d_name, sizeof(one->d_name));
	return one;
}

int __real_closedir(DIR *d);
int __wrap_closedir(DIR *d);
int __wrap_closedir(DIR *d)
{
	return playing ? 0 : __real_closedir(d);
}

int __real_dirfd(DIR *d);
int __wrap_dirfd(DIR *d);
int __wrap_dirfd(DIR *d)
{
	return playing ? -1 : __real_dirfd(d);
}

ssize_t __wrap_readlinkat(int fd, const char *path, char *to, size_t size);
ssize_t __wrap_readlinkat(int fd, const char *path, char *to, size_t size)
{
	char link[64];

	(void)fd;
	(void)path;
	if (next_error())
		return -1;
	if (next_byte() & 1)
		snprintf(link, sizeof(link), "socket:[%u]", next_byte() & 1);
	else
		next_text(link, sizeof(link));
	strncpy(to, link, size); /* which does not end it, as the kernel does not */
	return (ssize_t)strnlen(link, size);
}

int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st)
{
	if (!playing)
		return __real_stat(path, st);
	memset(st, 0, sizeof(*st));
	st->st_ino = next_byte();
	return next_error();
}

/* --- netlink says nothing: fuzz_ask.c --- */
struct mnl_socket *__wrap_netlink_open(int bus);
struct mnl_socket *__wrap_netlink_open(int bus)
{
	(void)bus;
	return (struct mnl_socket *)&input;
}

int __wrap_netlink_ask(struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t cb, void *arg);
int __wrap_netlink_ask(struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t cb, void *arg)
{
	(void)s;
	(void)request;
	(void)cb;
	(void)arg;
	return next_error() ? -errno : 0;
}

int __wrap_mnl_socket_close(struct mnl_socket *s);
int __wrap_mnl_socket_close(struct mnl_socket *s)
{
	(void)s;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	input = data + 2;
	left = size - 2;
	put_question(questions[data[0] % N_QUESTIONS], arguments[data[1] % N_ARGUMENTS], &playing);
	return 0;
}
