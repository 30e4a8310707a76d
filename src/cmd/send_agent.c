/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_agent.h. */
#include "cmd/send_agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/send_around.h"
#include "cmd/send_held.h"
#include "cmd/send_left.h"
#include "collect/privileges.h"
#include "host/confine.h"
#include "util/clock.h"

#define RESTORES_MAX 4

/* The agent's own side. */
struct acting {
	int socket;
	struct swallow *swallow;
	struct ground ground;
	struct around around;
	struct xdp_programs xdp;
	struct raw raw;
	struct left left;
	struct held held;
	/* of the packet that is on its way */
	bool open, keep_conntrack, goes_on, unanswered;
	bool at_sockets;
	int cgroup;
	bool loaded; /* nothing but putting in and cleaning up is left to be done */
	struct wb_made made;
	struct ground_connection first; /* whose entry is forgotten */
	struct ground_neighbours before;
};

/* --- what it can do --- */

static void is_down(const struct agent_request *q, struct agent_reply *r)
{
	r->status = -ENETDOWN;
	snprintf(r->err, sizeof(r->err), "--in %s: the device is down", q->dev);
}

static void tell_ground(struct acting *a, const struct agent_request *q, struct agent_reply *r)
{
	r->status = ground_read(q->dev, &a->ground);
	if (!r->status && q->family)
		ground_neighbour(&a->ground, q->family, q->addr);
	r->ground = a->ground;
	if (r->status)
		snprintf(r->err, sizeof(r->err), "--in %s: %s", q->dev,
			 r->status == -ENODEV ? "there is no such device in this network namespace"
					      : strerror(-r->status));
	else if (!a->ground.up)
		is_down(q, r);
}

/* Here, and in all namespaces that the packet can get to. */
static void guard(struct acting *a, const struct agent_request *q, struct agent_reply *r)
{
	r->status = swallow_open(&a->swallow, r->err, sizeof(r->err));
	for (size_t i = 0; i < a->around.n && !r->status; i++) {
		r->status = around_enter(&a->around, i);
		if (!r->status)
			r->status = left_add(&a->left);
		if (r->status)
			snprintf(r->err, sizeof(r->err),
				 "nothing is sent: the network namespace %u, which a packet could "
				 "get to, can't be entered: %s",
				 a->around.rows[i].inum, strerror(-r->status));
		if (!r->status && !q->let_out)
			r->status = swallow_egress(a->swallow, r->err, sizeof(r->err));
		if (!r->status && !q->deliver)
			r->status = swallow_local_in(a->swallow, r->err, sizeof(r->err));
	}
	if (!r->status)
		r->status = around_enter(&a->around, 0);
	a->at_sockets = !r->status && q->handshake && !swallow_sockets(a->swallow, a->cgroup);
	if (!r->status)
		r->status = try_xdp_open(&a->xdp, r->err, sizeof(r->err));
	around_close(&a->around);
}

static void ask_xdp(const struct acting *a, const struct agent_request *q, struct agent_reply *r)
{
	size_t n = q->n;

	memcpy(r->frame, q->frame, n);
	r->status = try_xdp(&a->xdp, q->ifindex, r->frame, &n, sizeof(r->frame), &r->xdp, r->err,
			    sizeof(r->err));
	r->n = n;
}

/* Before a second has passed, or the kernel asks again. */
static void settle_neighbours(struct acting *a, struct wb_swallow_log *log)
{
	if (!a->made.family)
		ground_unlearn_neighbour(&a->before, a->made.saddr);
	/* who is told that his neighbour is not there gets an error, which may ask for him */
	for (int i = 0; i < RESTORES_MAX; i++) {
		uint32_t n_before = log->n;

		ground_restore_neighbours(&a->before, log);
		swallow_read(a->swallow, log);
		if (log->n == n_before)
			break;
	}
}

static void note_zone(struct acting *a, const struct wb_swallow_log *log)
{
	size_t n = wb_swallowed_rows(log);

	for (size_t i = 0; i < n; i++)
		if (log->rows[i].has_ct)
			a->first.zone = log->rows[i].zone;
}

static void forget_connection(struct acting *a, struct agent_reply *r)
{
	int e = a->keep_conntrack ? 0 : left_forget(&a->left, &a->first, a->unanswered);

	if (!e)
		return;
	r->status = e;
	snprintf(r->err, sizeof(r->err), "its conntrack entry could not be removed: %s",
		 strerror(-e));
}

static void put_piece(void *arg, const struct agent_request *q)
{
	struct acting *a = arg;

	swallow_arm(a->swallow, &q->made);
	if (q->out)
		raw_send(&a->raw, q->frame + q->l3, q->n - q->l3, q->mark);
	else
		swallow_inject(a->swallow, q->ifindex, q->frame, q->n, NULL, 0);
	swallow_disarm(a->swallow);
}

static void end(struct acting *a, struct agent_reply *r)
{
	if (!a->open)
		return;
	a->open = false;
	left_after_packet(&a->left, &r->sets);
	swallow_read(a->swallow, &r->log);
	note_zone(a, &r->log);
	if (!a->goes_on)
		forget_connection(a, r);
	settle_neighbours(a, &r->log);
	ground_neighbours_clear(&a->before);
	swallow_disarm(a->swallow);
	held_forget(&a->held, clock_now_ns() - HELD_NS, put_piece, a);
}

/* The last of a connection's packets has ended. */
static void leave(struct acting *a, struct agent_reply *r)
{
	end(a, r);
	held_forget(&a->held, UINT64_MAX, put_piece, a);
	if (a->goes_on)
		forget_connection(a, r);
}

/* From the first packet on it gives up what loading took. */
static bool is_ready(struct acting *a, struct agent_reply *r)
{
	if (!a->swallow)
		r->status = -EINVAL;
	else if (!a->loaded)
		r->status = host_confine_injecting();
	a->loaded = !r->status;
	if (r->status)
		snprintf(r->err, sizeof(r->err), "rights can't be given up: %s",
			 strerror(-r->status));
	return a->loaded;
}

/* What there is before the packet, and who it is. False: it can't be put in. */
static bool get_ready(struct acting *a, const struct agent_request *q, struct agent_reply *r)
{
	a->made = q->made;
	a->made.to_socket = a->at_sockets;
	a->keep_conntrack = q->keep_conntrack;
	a->goes_on = q->goes_on;
	a->unanswered = !q->goes_on && !q->let_out && !q->deliver;
	if (q->first) {
		a->first = (struct ground_connection){a->made, q->icmp_type, q->icmp_code, 0};
		left_before_connection(&a->left, &a->first);
	}
	if (q->out && a->raw.fd4 == -EPERM) { /* which is no answer to the packet */
		r->status = a->raw.fd4;
		snprintf(r->err, sizeof(r->err), "no raw socket can be opened here: %s",
			 strerror(-r->status));
		return false;
	}
	r->status = ground_neighbours_read(&a->before);
	if (r->status) {
		ground_neighbours_clear(&a->before);
		snprintf(r->err, sizeof(r->err),
			 "nothing is sent: which neighbours there are, to leave them as they are, "
			 "could not be read: %s",
			 strerror(-r->status));
		return false;
	}
	left_before_packet(&a->left);
	a->open = true;
	swallow_arm(a->swallow, &a->made);
	return true;
}

static void inject(struct acting *a, const struct agent_request *q, struct agent_reply *r)
{
	if (!q->piece && !get_ready(a, q, r))
		return;
	r->before_ns = clock_now_ns();
	if (q->out)
		r->sent = raw_send(&a->raw, q->frame + q->l3, q->n - q->l3, q->mark);
	else
		r->status = swallow_inject(a->swallow, q->ifindex, q->frame, q->n, r->err,
					   sizeof(r->err));
	r->after_ns = clock_now_ns();
	if (!q->let_out)
		held_note(&a->held, q, r->after_ns);
	swallow_read(a->swallow, &r->log);
	settle_neighbours(a, &r->log);
}

static void act(struct acting *a, const struct agent_request *q, struct agent_reply *r)
{
	switch (q->n <= sizeof(q->frame) && q->l3 <= q->n ? q->what : AGENT_NONE) {
	case AGENT_GROUND:
		tell_ground(a, q, r);
		return;
	case AGENT_XDP:
		ask_xdp(a, q, r);
		return;
	case AGENT_GUARD:
		guard(a, q, r);
		return;
	case AGENT_INJECT:
		if (is_ready(a, r))
			inject(a, q, r);
		return;
	case AGENT_LOG:
		if (!a->swallow)
			return;
		swallow_go_on(a->swallow);
		swallow_read(a->swallow, &r->log);
		return;
	case AGENT_END:
		end(a, r);
		return;
	case AGENT_NONE:
		r->status = -EINVAL;
	}
}

/* Whose the sockets are is decided when they are made. */
static void take_place(struct acting *a, const struct agent_place *at, struct agent_reply *r)
{
	r->status = place_enter(at, r->err, sizeof(r->err));
	if (at->only_looks)
		return;
	if (!r->status)
		r->status = around_find(&a->around, r->err, sizeof(r->err));
	a->cgroup = swallow_cgroup();
	raw_open(&a->raw, at->uid);
}

__attribute__((noreturn)) static void be_agent(int socket, const struct agent_place *at)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGPIPE};
	static struct agent_request q;
	static struct agent_reply r;
	struct acting a = {.socket = socket};

	prctl(PR_SET_NAME, "waybill-send");
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], SIG_IGN);
	take_place(&a, at, &r);
	if (!r.status) {
		r.status = host_confine(at->only_looks ? HOST_NETLINK : HOST_SENDER);
		snprintf(r.err, sizeof(r.err), "rights can't be given up: %s", strerror(-r.status));
	}
	/* the end of the other one is the end of this: what it left goes first */
	while (send(socket, &r, sizeof(r), MSG_NOSIGNAL) == sizeof(r) &&
	       recv(socket, &q, sizeof(q), 0) == sizeof(q)) {
		memset(&r, 0, sizeof(r));
		act(&a, &q, &r);
		r.ground = a.ground;
	}
	leave(&a, &r);
	swallow_close(a.swallow);
	try_xdp_close(&a.xdp);
	raw_close(&a.raw);
	_exit(0);
}

/* --- the other side --- */

/* It closes its end with its life. The first who hears of it asks how. */
static void is_gone(struct agent *a, struct agent_reply *ret)
{
	int status = 0;

	memset(ret, 0, sizeof(*ret));
	ret->status = -EPIPE;
	snprintf(ret->err, sizeof(ret->err), "the process that puts packets in has ended");
	shutdown(a->socket, SHUT_RDWR);
	if (a->waited || waitpid(a->pid, &status, 0) != a->pid)
		return;
	a->waited = true;
	if (WIFSIGNALED(status))
		snprintf(ret->err, sizeof(ret->err),
			 "the process that puts packets in was killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
}

static void receive(struct agent *a, struct agent_reply *ret)
{
	ssize_t n;

	do
		n = recv(a->socket, ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*ret))
		is_gone(a, ret);
}

int agent_start(struct agent *a, const struct agent_place *at, char *err, size_t size)
{
	static struct agent_reply r;
	int ends[2];

	privileges_raise_limits();
	snprintf(err, size, "no process for what is sent can be started");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	a->pid = fork();
	if (!a->pid) {
		close(ends[0]);
		be_agent(ends[1], at);
	}
	close(ends[1]);
	a->socket = ends[0];
	if (a->pid < 0)
		return -EAGAIN;
	receive(a, &r);
	snprintf(err, size, "%s", r.err);
	return r.status;
}

void agent_ask(struct agent *a, const struct agent_request *q, struct agent_reply *ret)
{
	if (send(a->socket, q, sizeof(*q), MSG_NOSIGNAL) < 0)
		is_gone(a, ret);
	else
		receive(a, ret);
}

void agent_stop(struct agent *a)
{
	if (a->pid <= 0)
		return;
	close(a->socket);
	while (!a->waited && waitpid(a->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*a = (struct agent){.socket = -1};
}
