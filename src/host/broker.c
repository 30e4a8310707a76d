/* SPDX-License-Identifier: GPL-2.0-only */
/* See broker.h. One request after the other; who answers it is a process of its own. */
#include "host/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/confine.h"
#include "host/find_netns.h"
#include "util/clock.h"

struct broker {
	int socket; /* to the broker */
	pid_t pid;
};

/* The broker's own side. */
struct serving {
	int socket;
	const struct host_duty *duty;
	pid_t keeper; /* 0: there is none */
	uint32_t own_netns;
	/* the last one found: most questions are about the same */
	uint32_t netns;
	struct host_netns at;
};

static uint32_t own_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}

static int find(struct serving *s, uint32_t netns)
{
	if (netns == s->own_netns) {
		s->netns = netns;
		s->at = (struct host_netns){.name = "host", .path = "/proc/self/ns/net"};
		return 0;
	}
	if (s->netns == netns && s->at.path[0] && find_netns_at(s->at.path, netns))
		return 0;
	s->netns = netns;
	return find_netns(netns, &s->at) ? 0 : -ESRCH;
}

/* -1 and 0: here. A namespace is open only while its worker begins, or it would live on with us. */
static int open_netns(struct serving *s, uint32_t netns, int *ret)
{
	struct stat st;
	int r, fd;

	*ret = -1;
	if (!netns || netns == s->own_netns)
		return 0;
	r = find(s, netns);
	if (r)
		return r;
	fd = open(s->at.path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	if (fstat(fd, &st) || st.st_ino != netns) {
		close(fd);
		return -ESRCH;
	}
	*ret = fd;
	return 0;
}

static void send_reply(int socket, const struct host_reply *reply, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec part = {(void *)reply, sizeof(*reply)};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	sendmsg(socket, &m, MSG_NOSIGNAL);
}

/* Is it one of those that there are? */
static bool is_known(const struct host_request *q)
{
	return q->what == REQUEST_JSON && q->number < HOST_QUESTION_MAX;
}

/* *ret: where the worker's answer can be read. */
static int start_worker(struct serving *s, const struct host_request *q, const void *arg, int *ret)
{
	int fds[2], netns_fd, r = open_netns(s, q->netns, &netns_fd);
	pid_t pid;

	if (r)
		return r;
	if (pipe2(fds, O_CLOEXEC)) {
		r = -errno;
	} else {
		pid = fork();
		if (!pid)
			host_work(q, arg, netns_fd, fds[1]);
		r = pid < 0 ? -errno : 0;
		close(fds[1]);
		*ret = fds[0];
		if (r)
			close(fds[0]);
	}
	if (netns_fd >= 0)
		close(netns_fd);
	return r;
}

static void handle(struct serving *s, const struct host_request *q, const void *arg)
{
	struct host_reply reply = {0};
	int fd = -1;

	if (q->what == REQUEST_NETNS) {
		reply.status = find(s, q->netns);
		if (!reply.status)
			reply.found = s->at;
	} else {
		reply.status = is_known(q) ? start_worker(s, q, arg, &fd) : -EBADRQC;
		if (reply.status)
			fd = -1;
	}
	send_reply(s->socket, &reply, fd);
	if (fd >= 0)
		close(fd);
}

/* Until the other side is gone. */
static void serve(struct serving *s)
{
	static char room[sizeof(struct host_request) + HOST_ARG_MAX] __attribute__((aligned(16)));
	struct host_request q;

	for (;;) {
		struct pollfd p = {.fd = s->socket, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, -1) <= 0)
			continue;
		n = recv(s->socket, room, sizeof(room), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < (ssize_t)sizeof(q))
			return;
		memcpy(&q, room, sizeof(q));
		if (q.size != n - sizeof(q))
			return;
		handle(s, &q, room + sizeof(q));
	}
}

/* Ends with the broker. */
__attribute__((noreturn)) static void be_keeper(struct serving *s, pid_t broker)
{
	const struct host_duty *d = s->duty;

	prctl(PR_SET_NAME, "waybill-keeper");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != broker)
		_exit(0);
	close(s->socket);
	signal(SIGCHLD, SIG_DFL);
	if (d->enter)
		d->enter(d->arg);
	for (;;)
		poll(NULL, 0, d->tend(d->arg));
}

static void start_keeper(struct serving *s)
{
	pid_t broker = getpid();

	s->keeper = fork();
	if (!s->keeper)
		be_keeper(s, broker);
	if (s->keeper > 0 && s->duty->leave)
		s->duty->leave(s->duty->arg);
}

__attribute__((noreturn)) static void be_broker(struct serving *s, pid_t parent)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGPIPE};
	sigset_t none;

	prctl(PR_SET_NAME, "waybill-broker");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	/* a key ends the main process, and that ends this one */
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* nobody waits for workers */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (host_confine_broker())
		_exit(1);
	s->own_netns = own_netns();
	if (s->duty)
		start_keeper(s);
	serve(s);
	if (s->keeper > 0) {
		kill(s->keeper, SIGKILL);
		waitpid(s->keeper, NULL, 0); /* what it held is gone then */
	}
	_exit(0);
}

int broker_start(struct broker **ret, const struct host_duty *duty)
{
	struct serving s = {.duty = duty};
	struct broker *b = calloc(1, sizeof(*b));
	pid_t parent = getpid();
	int ends[2], r;

	if (!b)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		r = -errno;
		free(b);
		return r;
	}
	b->pid = fork();
	if (!b->pid) {
		close(ends[0]);
		s.socket = ends[1];
		be_broker(&s, parent);
	}
	r = b->pid < 0 ? -errno : 0;
	close(ends[1]);
	b->socket = ends[0];
	if (r) {
		close(ends[0]);
		free(b);
		return r;
	}
	*ret = b;
	return 0;
}

void broker_stop(struct broker *b, uint64_t until_ns)
{
	if (!b)
		return;
	close(b->socket);
	/* what takes longer to detach is left to it */
	while (b->pid > 0 && !waitpid(b->pid, NULL, WNOHANG) && clock_now_ns() < until_ns)
		usleep(1000);
	free(b);
}

int broker_pid(const struct broker *b)
{
	return b->pid;
}

bool broker_is_alive(struct broker *b)
{
	if (b->pid > 0 && waitpid(b->pid, NULL, WNOHANG))
		b->pid = 0;
	return b->pid > 0;
}

int broker_reply(struct broker *b, struct host_reply *ret, int *ret_fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec part = {ret, sizeof(*ret)};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c;

	*ret_fd = -1;
	if (recvmsg(b->socket, &m, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*ret))
		return -EPIPE;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return 0;
}

int broker_socket(const struct broker *b)
{
	return b->socket;
}

int broker_request(struct broker *b, const struct host_request *q, const void *arg)
{
	struct iovec parts[] = {{(void *)q, sizeof(*q)}, {(void *)arg, q->size}};
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = arg ? 2 : 1};

	return sendmsg(b->socket, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}
