/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See host.h: what was asked a moment ago and its answer, and the time that an answer may take.
 * That answers become facts: recall.c.
 */
#include "host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/broker.h"
#include "host/kept.h"
#include "host/patience.h"
#include "host/recall.h"
#include "util/clock.h"
#include "util/ending.h"
#include "util/text.h"

#define ANSWER_MAX (64 << 20) /* bytes; what is larger could not be read */
#define LATE_MS	   500	      /* beyond the deadline, for a busy machine */
#define REPLY_MS   5000	      /* a broker that is silent for so long is none */

#define STOP_NS	  (500 * MS_NS) /* so long the broker's end is waited for */
#define URGENT_NS (10 * MS_NS)	/* between two looks for what can't wait */

struct host {
	struct broker *broker;
	struct host_duty duty;
	struct kept *kept;
	struct facts *facts;
	bool offline, ended;
	unsigned patience_ms;
	struct patience patience;
	uint32_t own_netns;
	struct {
		uint64_t second;
		unsigned n;
	} asked[HOST_QUESTION_MAX]; /* how many times in that second */
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

int host_new(struct host **ret)
{
	struct host *h = calloc(1, sizeof(*h));
	struct stat st;

	if (!h)
		return -ENOMEM;
	h->patience.signals = -1;
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
	broker_stop(h->broker, ending_limit_ns(clock_now_ns() + STOP_NS, ENDING_DETACH_MS));
	free(h);
}

int host_start(struct host *h, const struct host_duty *duty)
{
	if (h->broker || h->offline)
		return 0;
	if (duty)
		h->duty = *duty;
	return broker_start(&h->broker, duty ? &h->duty : NULL);
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

void host_end_with(struct host *h, int signals, unsigned last_ms)
{
	h->patience.signals = signals;
	h->patience.last_ms = last_ms;
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
	return h->patience.n_left;
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
	r = h->ended ? -EPIPE : !patience_for_more(&h->patience) ? -ECANCELED : host_start(h, NULL);
	if (r)
		return r;
	r = broker_request(h->broker, q, arg);
	if (!r)
		r = patience_wait(&h->patience, broker_socket(h->broker),
				  clock_now_ns() + REPLY_MS * MS_NS)
			    ? broker_reply(h->broker, reply, fd)
			    : -EPIPE;
	h->ended = r != 0;
	return r ? r : reply->status;
}

/* All that comes until the end, or until the time is over. 0 or -errno. */
static int read_answer(struct host *h, int fd, uint64_t until_ns, struct text *ret)
{
	char buf[16384];

	for (;;) {
		ssize_t n;

		if (ret->n > ANSWER_MAX || !patience_wait(&h->patience, fd, until_ns))
			return -ETIMEDOUT;
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
	r = read_answer(h, fd, clock_now_ns() + (deadline_ms + LATE_MS) * MS_NS, t);
	close(fd);
	if (r)
		return r;
	if (t->n < sizeof(status)) /* it crashed, or its time was over */
		return -EIO;
	memcpy(&status, t->s, sizeof(status));
	return status;
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

/* The status and the answer of who asks by himself. */
static int ask_here(struct host *h, const struct host_question_row *row, const char *args,
		    json_t **ret)
{
	json_t *in = *args ? json_loads(args, 0, NULL) : NULL;
	int r = patience_for_more(&h->patience) ? row->ask(in, ret) : -ECANCELED;

	json_decref(in);
	return r;
}

static enum host_answer ask_there(struct host *h, enum host_question number, uint32_t netns,
				  const char *args, json_t **ret)
{
	struct host_request q = {.what = REQUEST_JSON,
				 .number = number,
				 .netns = netns,
				 .size = strlen(args),
				 .patience_ms = h->patience_ms};
	struct text t = {0};
	enum host_answer how;

	if (q.size > HOST_ARG_MAX)
		return HOST_UNREAD;
	how = answer_of(ask_worker(h, &q, args, host_questions[number].deadline_ms, &t));
	if (how == HOST_TOLD) {
		*ret = json_loadb(t.s + sizeof(int), t.n - sizeof(int), JSON_DECODE_ANY, NULL);
		if (!*ret)
			how = HOST_UNCLEAR;
	}
	text_free(&t);
	return how;
}

/* Not more often than its row allows? */
static bool within_rate(struct host *h, enum host_question q)
{
	uint64_t second = clock_now_ns() / SECOND_NS;

	if (h->asked[q].second != second) {
		h->asked[q].second = second;
		h->asked[q].n = 0;
	}
	return h->asked[q].n++ < host_questions[q].rate || !host_questions[q].rate;
}

static enum host_answer ask_now(struct host *h, enum host_question q, uint32_t netns,
				const char *args, json_t **ret)
{
	if (host_questions[q].here && (!netns || netns == h->own_netns))
		return answer_of(ask_here(h, &host_questions[q], args, ret));
	return ask_there(h, q, netns, args, ret);
}

static bool is_fresh(const struct host_question_row *row, const struct host_times *t,
		     uint64_t after_ns)
{
	uint64_t age = clock_now_ns() - t->asked_ns;

	if (row->pause_ms &&
	    (age <= row->pause_ms * MS_NS || age <= 4 * (t->told_ns - t->asked_ns)))
		return true;
	if (row->lasts && after_ns && t->asked_ns >= after_ns)
		return true;
	return age <= row->fresh_ms * MS_NS && t->asked_ns >= after_ns;
}

static const struct kept_answer *ask_or_recall(struct host *h, enum host_question q, uint32_t netns,
					       const char *args, const char *key, uint64_t after_ns)
{
	const struct kept_answer *k;
	struct kept_answer now = {0};

	if (h->offline)
		return h->facts ? recall(h->facts, &h->kept, key) : NULL;
	k = kept_find(h->kept, key);
	if (k && is_fresh(&host_questions[q], &k->times, after_ns))
		return k;
	if (!within_rate(h, q))
		return NULL;
	now.times.asked_ns = clock_now_ns();
	now.how = ask_now(h, q, netns, args, &now.answer);
	now.times.told_ns = clock_now_ns();
	if (h->facts && !host_questions[q].unrecorded)
		recall_put(h->facts, key, &now, host_questions[q].once);
	kept_put(&h->kept, key, &now);
	json_decref(now.answer);
	return kept_find(h->kept, key);
}

#define ONLY_LAST UINT64_MAX /* for after_ns: nobody is asked */

enum host_answer host_ask_after(struct host *h, enum host_question q, uint32_t netns, json_t *args,
				uint64_t after_ns, struct host_times *times, json_t **ret)
{
	char *text = args ? json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	const struct kept_answer *k = NULL;
	struct text key = {0};

	*ret = NULL;
	text_printf(&key, "%s/%u/%s", host_questions[q].name, netns, text ? text : "");
	if (!key.failed && (text || !args))
		k = after_ns == ONLY_LAST && !h->offline
			    ? kept_find(h->kept, key.s)
			    : ask_or_recall(h, q, netns, text ? text : "", key.s, after_ns);
	if (k)
		*ret = json_incref(k->answer);
	if (times)
		*times = k ? k->times : (struct host_times){0};
	json_decref(args);
	text_free(&key);
	free(text);
	return k ? k->how : HOST_UNREAD;
}

enum host_answer host_ask(struct host *h, enum host_question q, uint32_t netns, json_t *args,
			  json_t **ret)
{
	return host_ask_after(h, q, netns, args, 0, NULL, ret);
}

enum host_answer host_last(struct host *h, enum host_question q, uint32_t netns, json_t *args,
			   json_t **ret)
{
	return host_ask_after(h, q, netns, args, ONLY_LAST, NULL, ret);
}
