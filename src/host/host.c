/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See host.h: what was asked a moment ago and its answer, the time that an answer may take, and
 * that answers become facts.
 */
#include "host/host.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/broker.h"
#include "host/kept.h"
#include "util/clock.h"
#include "util/text.h"

#define ANSWER_MAX    (64 << 20)      /* bytes; what is larger could not be read */
#define LATE_MS	      500	      /* beyond the deadline, for a busy machine */
#define PLAIN_WAIT_MS 1000
/* Once it is asked to end: so long, or so many questions where each is slow; no longer than this.
 */
#define LAST_NS	       (600 * MS_NS)
#define LAST_QUESTIONS 150
#define LAST_MAX_NS    (3 * SECOND_NS)

#define URGENT_NS (10 * MS_NS) /* between two looks for what can't wait */

struct host {
	const struct host_row *const *rows;
	size_t n_rows;
	struct broker *broker;
	struct host_duty duty;
	struct kept *kept;
	struct facts *facts;
	bool offline, ended;
	unsigned patience_ms;
	int signals; /* readable: it was asked to end; -1: nobody says so */
	uint64_t ending_ns;
	size_t n_last, n_unasked; /* questions since then: asked, and not asked any more */
	uint32_t own_netns;
	struct {
		void (*fn)(void *arg);
		void *arg;
		uint64_t next_ns; /* UINT64_MAX: it is at it */
	} urgent;
};

const char *host_answer_words(enum host_answer a)
{
	static const char *const words[] = {
		[HOST_TOLD] = "was read",
		[HOST_NOT_THERE] = "is not there",
		[HOST_UNREAD] = "could not be read",
		[HOST_UNCLEAR] = "could not be understood",
	};

	return words[a];
}

int host_new(struct host **ret, const struct host_row *const *rows, size_t n_rows)
{
	struct host *h = calloc(1, sizeof(*h));
	struct stat st;

	if (!h)
		return -ENOMEM;
	h->rows = rows;
	h->n_rows = n_rows;
	h->signals = -1;
	if (!stat("/proc/self/ns/net", &st))
		h->own_netns = st.st_ino;
	*ret = h;
	return 0;
}

void host_forget(struct host *h)
{
	kept_clear(&h->kept);
}

void host_free(struct host *h)
{
	if (!h)
		return;
	host_forget(h);
	broker_stop(h->broker);
	free(h);
}

int host_start(struct host *h, const struct host_duty *duty)
{
	if (h->broker || h->offline)
		return 0;
	if (duty)
		h->duty = *duty;
	return broker_start(&h->broker, h->rows, h->n_rows, duty ? &h->duty : NULL);
}

bool host_is_alive(const struct host *h)
{
	return !h->broker || broker_is_alive(h->broker);
}

int host_broker(const struct host *h)
{
	return h->broker ? broker_pid(h->broker) : 0;
}

void host_use_facts(struct host *h, struct facts *f, bool offline)
{
	h->facts = f;
	h->offline = offline;
}

void host_be_patient(struct host *h, unsigned ms)
{
	h->patience_ms = ms;
}

void host_end_with(struct host *h, int signals)
{
	h->signals = signals;
}

void host_before_asking(struct host *h, void (*fn)(void *arg), void *arg)
{
	h->urgent.fn = fn;
	h->urgent.arg = arg;
}

static void ask_urgent(struct host *h)
{
	if (!h->urgent.fn || clock_now_ns() < h->urgent.next_ns)
		return;
	h->urgent.next_ns = UINT64_MAX;
	h->urgent.fn(h->urgent.arg);
	h->urgent.next_ns = clock_now_ns() + URGENT_NS;
}

size_t host_unasked(const struct host *h)
{
	return h->n_unasked;
}

/* False: whoever ends it does not wait for one more answer. */
static bool may_ask(struct host *h)
{
	struct pollfd p = {.fd = h->signals, .events = POLLIN};
	uint64_t since;

	if (h->signals < 0 || (!h->ending_ns && poll(&p, 1, 0) <= 0))
		return true;
	if (!h->ending_ns)
		h->ending_ns = clock_now_ns();
	since = clock_now_ns() - h->ending_ns;
	if (since < LAST_NS || (h->n_last < LAST_QUESTIONS && since < LAST_MAX_NS)) {
		h->n_last++;
		return true;
	}
	h->n_unasked++;
	return false;
}

uint32_t host_own_netns(const struct host *h)
{
	return h->own_netns;
}

/* Once there was no answer from the broker there will be none. */
static int request(struct host *h, const struct host_request *q, const void *arg,
		   struct host_reply *reply, int *fd)
{
	int r;

	ask_urgent(h);
	r = h->ended ? -EPIPE : !may_ask(h) ? -ECANCELED : host_start(h, NULL);
	if (r)
		return r;
	r = broker_request(h->broker, q, arg, reply, fd);
	h->ended = r != 0;
	return r ? r : reply->status;
}

/* All that comes until the end, or until the time is over. 0 or -errno. */
static int read_answer(int fd, uint64_t until_ns, struct text *ret)
{
	char buf[16384];

	for (;;) {
		uint64_t now = clock_now_ns();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (now >= until_ns || ret->n > ANSWER_MAX)
			return -ETIMEDOUT;
		if (poll(&p, 1, (until_ns - now) / MS_NS + 1) < 0 && errno != EINTR)
			return -errno;
		if (!p.revents)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return ret->failed ? -ENOMEM : 0;
		text_put(ret, buf, n);
	}
}

/* Status and answer of a worker; the answer begins at *ret_at of t. 0 or -errno. */
static int ask_worker(struct host *h, const struct host_request *q, const void *arg,
		      unsigned deadline_ms, struct text *t)
{
	struct host_reply reply;
	int fd, status, r = request(h, q, arg, &reply, &fd);

	if (r)
		return r;
	if (fd < 0)
		return -EIO;
	if (h->patience_ms)
		deadline_ms = h->patience_ms;
	r = read_answer(fd, clock_now_ns() + (deadline_ms + LATE_MS) * MS_NS, t);
	close(fd);
	if (r)
		return r;
	if (t->n < sizeof(status)) /* it crashed, or its time was over */
		return -EIO;
	memcpy(&status, t->s, sizeof(status));
	return status;
}

int host_inside(struct host *h, uint32_t netns, int (*fn)(void *arg), void *arg)
{
	struct host_request q = {
		.what = REQUEST_PLAIN, .netns = netns, .patience_ms = h->patience_ms};
	const struct host_row *row;
	struct text t = {0};
	size_t i = 0;
	int r;

	while (i < h->n_rows && h->rows[i]->ask != fn)
		i++;
	if (i == h->n_rows)
		return -EBADRQC;
	row = h->rows[i];
	if (row->anyone && (!netns || netns == h->own_netns))
		return fn(arg);
	q.number = i;
	q.size = row->size;
	r = ask_worker(h, &q, arg, PLAIN_WAIT_MS, &t);
	if (t.n == sizeof(int) + row->size)
		memcpy(arg, t.s + sizeof(int), row->size);
	else if (!r)
		r = -EIO;
	text_free(&t);
	return r;
}

int host_find_netns(struct host *h, uint32_t netns, struct host_netns *ret)
{
	struct host_request q = {.what = REQUEST_NETNS, .netns = netns};
	struct host_reply reply;
	int fd, r;

	*ret = (struct host_netns){0};
	if (h->offline)
		return -ESRCH;
	r = request(h, &q, NULL, &reply, &fd);
	if (!r)
		*ret = reply.found;
	ret->name[sizeof(ret->name) - 1] = ret->path[sizeof(ret->path) - 1] = 0;
	return r;
}

static enum host_answer answer_of(int r)
{
	switch (r) {
	case 0:
		return HOST_TOLD;
	case -ENOENT:
	case -ENODEV:
	case -ESRCH:
	case -ENXIO:
		return HOST_NOT_THERE;
	case -EBADMSG:
		return HOST_UNCLEAR;
	default:
		return HOST_UNREAD;
	}
}

static enum host_answer ask_now(struct host *h, enum host_question number, uint32_t netns,
				const char *args, json_t **ret)
{
	const struct host_question_row *row = &host_questions[number];
	struct host_request q = {.what = REQUEST_JSON,
				 .number = number,
				 .netns = netns,
				 .size = strlen(args),
				 .patience_ms = h->patience_ms};
	struct text t = {0};
	enum host_answer how;

	if (q.size > HOST_ARG_MAX)
		return HOST_UNREAD;
	how = answer_of(ask_worker(h, &q, args, row->deadline_ms, &t));
	if (how == HOST_TOLD) {
		*ret = json_loadb(t.s + sizeof(int), t.n - sizeof(int), JSON_DECODE_ANY, NULL);
		if (!*ret)
			how = HOST_UNCLEAR;
	}
	text_free(&t);
	return how;
}

/* A fact is {"how": one of enum host_answer, "answer": ...}. */
static enum host_answer from_facts(struct host *h, const char *key, json_t **ret)
{
	const char *text = h->facts ? facts_get(h->facts, key) : NULL;
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;
	json_int_t how = o ? json_integer_value(json_object_get(o, "how")) : HOST_UNREAD;

	*ret = json_incref(json_object_get(o, "answer"));
	json_decref(o);
	if (how < HOST_TOLD || how > HOST_UNCLEAR || (how == HOST_TOLD && !*ret))
		how = HOST_UNREAD;
	return how;
}

static void to_facts(struct host *h, const char *key, enum host_answer how, json_t *answer)
{
	json_t *o = json_pack("{s:i, s:O*}", "how", how, "answer", answer);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (text)
		facts_put(h->facts, key, text);
	free(text);
	json_decref(o);
}

enum host_answer host_ask(struct host *h, enum host_question q, uint32_t netns, json_t *args,
			  json_t **ret)
{
	const struct host_question_row *row = &host_questions[q];
	char *text = args ? json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	enum host_answer how = HOST_UNREAD;
	const struct kept_answer *k;
	struct kept_answer now;
	struct text key = {0};

	*ret = NULL;
	json_decref(args);
	text_printf(&key, "%s/%u/%s", row->name, netns, text ? text : "");
	if (key.failed)
		goto out;
	if (h->offline) {
		how = from_facts(h, key.s, ret);
		goto out;
	}
	k = kept_find(h->kept, key.s);
	if (k && clock_now_ns() - k->at_ns <= row->fresh_ms * MS_NS) {
		*ret = json_incref(k->answer);
		how = k->how;
		goto out;
	}
	how = ask_now(h, q, netns, text ? text : "", ret);
	now = (struct kept_answer){.at_ns = clock_now_ns(), .how = how, .answer = *ret};
	if (h->facts)
		to_facts(h, key.s, how, *ret);
	kept_put(&h->kept, key.s, &now);
out:
	text_free(&key);
	free(text);
	return how;
}
