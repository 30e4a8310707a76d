/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as the kernel's answer to each question: no crash, no read beyond a message, and what
 * comes out is JSON that can be written. The kernel is taken away by the linker (--wrap): the input
 * is which question, its arguments, and the datagrams, files and buffers.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "question.h"
#include "util/netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
struct mnl_socket *__wrap_netlink_open(int bus);
int __wrap_netlink_ask(struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t cb, void *arg);
int __wrap_mnl_socket_close(struct mnl_socket *s);
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *s, int type, void *p, socklen_t n);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__real_fopen(const char *path, const char *mode);
int __wrap_ioctl(int fd, unsigned long request, ...);

#define ROW(name, ...) {#name, host_ask_##name},
static const struct {
	const char *name;
	int (*ask)(const json_t *args, json_t **ret);
} questions[] = {HOST_QUESTIONS(ROW)};
#define N_QUESTIONS (sizeof(questions) / sizeof(questions[0]))

/* They ask bpf() or look through all of /proc (fuzz_ask_bpf.c), or confine the whole process. */
static const char *const others[] = {"tcx",	   "program",	      "xdp_chain",
				     "owners",	   "cgroup_programs", "netfilter_links",
				     "namespaces", "ruleset_text",    "legacy_text"};

static const char *const arguments[] = {
	"{}",
	"{\"family\":6,\"ifindex\":3}",
	"{\"dst\":\"10.1.2.3\",\"src\":\"10.1.2.4\",\"proto\":6,\"sport\":1,\"dport\":2}",
	"{\"dst\":\"fd00::1\",\"src\":\"fd00::2\",\"proto\":58,\"fibmatch\":true}",
	"{\"ifname\":\"eth0\",\"parent\":\"egress\"}",
	"{\"max\":1,\"port\":53,\"nsid\":1,\"id\":7,\"proxy\":true,\"table\":254}",
	"{\"name\":\"snmp\",\"ifindexes\":[1,2,-1,\"x\"],\"proto\":17,\"port\":9000}",
	"{\"name\":\"snmp6\",\"ifname\":\"eth0\",\"proto\":132,\"family\":6}",
	"{\"name\":\"dev_snmp6/%\",\"ifname\":\"eth0\",\"proto\":1,\"max\":2}",
	"{\"name\":\"udp\",\"proto\":255,\"family\":4}",
	"{\"name\":\"ipv4/conf/%/rp_filter\",\"ifname\":\"eth0\"}",
};
#define N_ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

static const uint8_t *input;
static size_t left;
static unsigned asked;
static bool playing; /* a question runs: else it is the fuzzer itself that opens a file */

/* The next bytes of the input, with their number in front, as a file. -1: there are none left. */
static int next_file(void)
{
	size_t n = left < 2 ? 0 : (size_t)(input[0] | input[1] << 8) % 8192;
	int fd;

	if (left < 2) {
		errno = ENOENT;
		return -1;
	}
	n = n < left - 2 ? n : left - 2;
	fd = memfd_create("file", MFD_CLOEXEC);
	if (fd < 0 || write(fd, input + 2, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET))
		abort();
	input += 2 + n;
	left -= 2 + n;
	return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	if (playing)
		return next_file();
	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	return __real_open(path, flags, mode);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	int fd;

	if (!playing)
		return __real_fopen(path, mode);
	fd = next_file();
	return fd < 0 ? NULL : fdopen(fd, "r");
}

static void next_bytes(void *to, size_t n)
{
	size_t m = n < left ? n : left;

	memset(to, 'x', n);
	memcpy(to, input, m);
	input += m;
	left -= m;
}

/* A driver that says whatever it likes, in the room that it was given. */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct ethtool_gstrings *names;
	struct ethtool_stats *values;
	struct ifreq *r;
	va_list args;

	(void)fd;
	va_start(args, request);
	r = va_arg(args, struct ifreq *);
	va_end(args);
	if (!left || (request != SIOCETHTOOL && request != SIOCGIFNAME)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (request == SIOCGIFNAME) {
		next_bytes(r->ifr_name, sizeof(r->ifr_name));
		return 0;
	}
	names = (void *)r->ifr_data;
	values = (void *)r->ifr_data;
	switch (names->cmd) {
	case ETHTOOL_GSSET_INFO:
		next_bytes(((struct ethtool_sset_info *)(void *)r->ifr_data)->data, 4);
		break;
	case ETHTOOL_GSTRINGS:
		next_bytes(names->data, (size_t)names->len * ETH_GSTRING_LEN);
		next_bytes(&names->len, sizeof(names->len));
		break;
	case ETHTOOL_GSTATS:
		next_bytes(values->data, values->n_stats * sizeof(uint64_t));
		next_bytes(&values->n_stats, sizeof(values->n_stats));
		break;
	}
	return 0;
}

struct mnl_socket *__wrap_netlink_open(int bus)
{
	(void)bus;
	return (struct mnl_socket *)&input; /* never looked into */
}

int __wrap_mnl_socket_close(struct mnl_socket *s)
{
	(void)s;
	return 0;
}

int __wrap_mnl_socket_setsockopt(const struct mnl_socket *s, int type, void *p, socklen_t n)
{
	(void)s;
	(void)type;
	(void)p;
	(void)n;
	return 0;
}

/* What may come back: rtnetlink's, xfrm's, sock_diag's, nfnetlink's. */
static const uint16_t types[] = {
	RTM_NEWLINK,
	RTM_NEWADDR,
	RTM_NEWROUTE,
	RTM_NEWNEIGH,
	RTM_NEWRULE,
	RTM_NEWQDISC,
	RTM_NEWTFILTER,
	RTM_NEWCHAIN,
	RTM_NEWNEIGHTBL,
	RTM_NEWNEXTHOP,
	RTM_NEWNETCONF,
	RTM_NEWMDB,
	XFRM_MSG_NEWPOLICY,
	XFRM_MSG_NEWSA,
	SOCK_DIAG_BY_FAMILY,
	0x0100,
	0x0a03,
	0x0a06,
	0x0a09,
	0x0a12,
	0x0c00,
};

/*
 * Messages, each with its type, its flags and its length in front. The header is made here, as the
 * kernel makes it: libmnl believes that one.
 */
static int answer(mnl_cb_t cb, void *arg)
{
	size_t n = (input[2] | input[3] << 8) % 4096;
	struct nlmsghdr *h;
	int r;

	n = n < left - 4 ? n : left - 4;
	h = malloc(sizeof(*h) + n); /* of its own, so that a look behind it is seen */
	*h = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)(sizeof(*h) + n),
		.nlmsg_type = types[input[0] % (sizeof(types) / sizeof(types[0]))],
		.nlmsg_flags = input[1] & 1 ? NLM_F_MULTI : 0,
	};
	memcpy(h + 1, input + 4, n);
	input += 4 + n;
	left -= 4 + n;
	r = mnl_cb_run(h, sizeof(*h) + n, 0, 0, cb, arg);
	free(h);
	return r;
}

int __wrap_netlink_ask(struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t cb, void *arg)
{
	(void)s;
	(void)request;
	if (++asked > 64)
		return -ENOENT;
	while (left > 4) {
		uint8_t flags = input[1];

		if (answer(cb, arg) < 0)
			return -errno;
		if (flags & 2) /* the end of this answer */
			return flags & 4 ? -EINTR : flags & 8 ? -EOPNOTSUPP : 0;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t q = size ? data[0] % N_QUESTIONS : 0;

	if (size < 2)
		return 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(questions[q].name, others[i]))
			return 0;
	input = data + 2;
	left = size - 2;
	asked = 0;
	put_question(questions[q].ask, arguments[data[1] % N_ARGUMENTS], &playing);
	return 0;
}
