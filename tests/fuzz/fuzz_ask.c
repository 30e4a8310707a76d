/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as the kernel's answer to each question: no crash, no read beyond a message, and what
 * comes out is JSON that can be written. The kernel is taken away by the linker (--wrap): the input
 * is which question, its arguments, and the datagrams.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/ask.h"
#include "util/netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
struct mnl_socket *__wrap_netlink_open(int bus);
int __wrap_netlink_ask(struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t cb, void *arg);
int __wrap_mnl_socket_close(struct mnl_socket *s);
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *s, int type, void *p, socklen_t n);

#define ROW(name, ...) {#name, host_ask_##name},
static const struct {
	const char *name;
	int (*ask)(const json_t *args, json_t **ret);
} questions[] = {HOST_QUESTIONS(ROW)};
#define N_QUESTIONS (sizeof(questions) / sizeof(questions[0]))

/* They ask in other ways than by netlink, or confine the whole process. */
static const char *const others[] = {
	"device_stats", "tcx",	  "file",	"sysctl",     "ruleset_text",	 "legacy_text",
	"program",	"owners", "xdp_chain",	"namespaces", "cgroup_programs", "netfilter_links",
	"device_names", "sockets", "open_sockets"};

static const char *const arguments[] = {
	"{}",
	"{\"family\":6,\"ifindex\":3}",
	"{\"dst\":\"10.1.2.3\",\"src\":\"10.1.2.4\",\"proto\":6,\"sport\":1,\"dport\":2}",
	"{\"dst\":\"fd00::1\",\"src\":\"fd00::2\",\"proto\":58,\"fibmatch\":true}",
	"{\"ifname\":\"eth0\",\"parent\":\"egress\"}",
	"{\"max\":1,\"port\":53,\"nsid\":1,\"id\":7,\"proxy\":true,\"table\":254}",
};
#define N_ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

static const uint8_t *input;
static size_t left;
static unsigned asked;

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
	json_t *args, *ret = NULL;
	size_t q = size ? data[0] % N_QUESTIONS : 0;
	char *text;

	if (size < 2)
		return 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(questions[q].name, others[i]))
			return 0;
	args = json_loads(arguments[data[1] % N_ARGUMENTS], 0, NULL);
	input = data + 2;
	left = size - 2;
	asked = 0;
	if (!questions[q].ask(args, &ret)) {
		text = json_dumps(ret, JSON_ENCODE_ANY);
		if (!text)
			abort();
		free(text);
	}
	json_decref(ret);
	json_decref(args);
	return 0;
}
