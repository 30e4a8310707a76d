/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket that refused a packet, or the ones that nearly matched, with their processes. */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "resolve/decide.h"
#include "util/text.h"

#define NOTE_MS 200

struct found {
	char local[64]; /* address:port */
	uint8_t addr[16];
	bool any; /* bound to the wildcard address */
	bool connected;
	uint64_t inode;
	unsigned rx, drops;
	uint8_t family;
};

struct question {
	uint8_t proto;
	uint16_t port;
	struct found all[32];
	size_t n;
};

static void parse_addr(const char *hex, struct found *f)
{
	for (size_t i = 0; i < strlen(hex) / 8 && i < 4; i++) {
		char word[9];
		uint32_t v;

		snprintf(word, sizeof(word), "%.8s", hex + 8 * i);
		v = strtoul(word, NULL,
			    16); /* the kernel prints host order words of network order */
		memcpy(f->addr + 4 * i, &v, 4);
	}
	f->family = strlen(hex) == 8 ? 4 : 6;
	f->any = strspn(hex, "0") == strlen(hex);
}

static void parse_line(struct question *q, const char *line)
{
	char local[40], remote[40], addr[64];
	unsigned port, rport, state, rx, drops = 0;
	unsigned long long inode;
	struct found f = {0};
	const char *tail;

	if (sscanf(line, " %*d: %39[0-9A-F]:%x %39[0-9A-F]:%x %x %*x:%x %*x:%*x %*x %*u %*u %llu",
		   local, &port, remote, &rport, &state, &rx, &inode) != 7)
		return;
	if (port != q->port || (q->proto == 6 && state != 10 /* TCP_LISTEN */) || q->n == 32)
		return;
	tail = strrchr(line, ' ');
	for (const char *p = tail; p && *p == ' ' && p > line && !isdigit((unsigned char)p[1]);)
		p--;
	if (q->proto == 17 && tail)
		drops = strtoul(tail, NULL, 10);
	parse_addr(local, &f);
	f.connected = rport != 0;
	f.inode = inode;
	f.rx = rx;
	f.drops = drops;
	packet_addr(f.family, f.addr, addr, sizeof(addr));
	snprintf(f.local, sizeof(f.local), f.family == 6 ? "[%.55s]:%u" : "%.57s:%u", addr, port);
	q->all[q->n++] = f;
}

static const char *const files[] = {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6",
				    "/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"};

static int ask(void *arg)
{
	struct question *q = arg;

	for (int i = 0; i < 2; i++) {
		FILE *f = fopen(files[i + 2 * (q->proto == 17)], "re");
		char line[512];

		while (f && fgets(line, sizeof(line), f))
			parse_line(q, line);
		if (f)
			fclose(f);
	}
	return 0;
}

/* The sockets of a few namespaces as they were when a packet found none. */
#define NOTES	   8
#define NOTE_LINES 512 /* of each file: more is not worth the time */
static struct note {
	uint32_t inum;
	struct timespec at;
	struct text text[4];
} notes[NOTES];

static int take_note(void *arg)
{
	struct note *note = arg;

	for (int i = 0; i < 4; i++) {
		FILE *f = fopen(files[i], "re");
		char line[512];

		text_reset(&note->text[i]);
		for (int k = 0; f && k < NOTE_LINES && fgets(line, sizeof(line), f); k++)
			text_put(&note->text[i], line, strlen(line));
		if (f)
			fclose(f);
	}
	return 0;
}

static long ms_between(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000 + (to->tv_nsec - from->tv_nsec) / 1000000;
}

void decide_note_sockets(struct names *n, uint32_t inum)
{
	struct note *note = &notes[inum % NOTES];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (note->inum == inum && ms_between(&note->at, &now) < NOTE_MS)
		return;
	note->inum = inum;
	note->at = now;
	names_inside(n, inum, take_note, note);
}

/*
 * Reading the TCP sockets walks the whole host's table, milliseconds each time: a question whose
 * answer was "none" a moment ago is not asked again for each packet of a flood.
 */
static void ask_now(struct names *n, uint32_t inum, struct question *q)
{
	static struct {
		uint32_t inum;
		uint16_t port;
		struct timespec at;
	} none[2];
	bool udp = q->proto == 17;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (none[udp].inum == inum && none[udp].port == q->port &&
	    ms_between(&none[udp].at, &now) < NOTE_MS)
		return;
	names_inside(n, inum, ask, q);
	none[udp].inum = q->n ? 0 : inum;
	none[udp].port = q->port;
	none[udp].at = now;
}

/* As they are now; if there is none that fits, as they were then. */
static void ask_sockets(struct names *n, uint32_t inum, struct question *q)
{
	struct note *note = &notes[inum % NOTES];

	ask_now(n, inum, q);
	for (int i = 0; i < 2 && !q->n && note->inum == inum; i++) {
		const char *p = note->text[i + 2 * (q->proto == 17)].s;

		while (p && *p) {
			size_t len = strcspn(p, "\n");
			char line[512];

			snprintf(line, sizeof(line), "%.*s", (int)len, p);
			parse_line(q, line);
			p += len + (p[len] == '\n');
		}
	}
}

/* The process that has the socket open. */
static void owner(struct decider *d, uint64_t inode)
{
	char want[64], path[PATH_MAX], link[64], comm[17] = "";
	DIR *proc = opendir("/proc");
	struct dirent *p;
	long pid = 0;

	snprintf(want, sizeof(want), "socket:[%llu]", (unsigned long long)inode);
	while (proc && !pid && (p = readdir(proc))) {
		struct dirent *e;
		DIR *fds;

		if (!isdigit((unsigned char)p->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fd", p->d_name);
		fds = opendir(path);
		while (fds && !pid && (e = readdir(fds))) {
			ssize_t n;

			snprintf(path, sizeof(path), "/proc/%s/fd/%s", p->d_name, e->d_name);
			n = readlink(path, link, sizeof(link) - 1);
			if (n <= 0)
				continue;
			link[n] = 0;
			if (!strcmp(link, want))
				pid = atol(p->d_name);
		}
		if (fds)
			closedir(fds);
	}
	if (proc)
		closedir(proc);
	if (!pid)
		return;
	decider_set_number(d, "pid", pid);
	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	proc = NULL;
	{
		FILE *f = fopen(path, "re");

		if (f && fscanf(f, "%16[^\n]", comm) == 1)
			decider_set_text(d, "comm", comm);
		if (f)
			fclose(f);
	}
}

static bool is_for(const struct found *f, const struct wb_packet *p)
{
	return f->any ||
	       (f->family == p->family && !memcmp(f->addr, p->daddr, p->family == 6 ? 16 : 4));
}

/* Nobody listens: is there one who nearly does? */
static void near_miss(struct question *q, struct names *n, const struct journey *j,
		      struct decider *d)
{
	struct question other = {.proto = q->proto == 6 ? 17 : 6, .port = q->port};

	if (q->n) {
		decider_set_text(d, "local", q->all[0].local);
		decider_set_text(d, "cause",
				 q->all[0].connected ? "connected to another peer"
						     : "listens on another address");
		owner(d, q->all[0].inode);
		return;
	}
	ask_sockets(n, j->drop.at.netns_inum, &other);
	if (other.n) {
		decider_set_text(d, "local", other.all[0].local);
		decider_set_text(d, "cause",
				 other.proto == 6 ? "listens on TCP, not UDP"
						  : "listens on UDP, not TCP");
		owner(d, other.all[0].inode);
		return;
	}
	decider_set_text(d, "cause", "no listener");
}

struct decider *decide_socket(struct names *n, struct journey *j)
{
	struct question q = {.proto = j->packet.proto, .port = j->packet.dport};
	struct decider *d = decider_new(DECIDER_SOCKET);
	char where[80], addr[64];
	size_t i;

	if (!d)
		return NULL;
	/* after NAT the packet is for another port than it was sent to */
	for (i = 0; i < j->n_steps; i++)
		if (j->steps[i].rewritten)
			q.port = j->steps[i].packet.dport;
	if (q.proto != 6 && q.proto != 17) {
		decider_set_text(d, "cause", "no listener");
		return d;
	}
	packet_addr(j->packet.family, j->packet.daddr, addr, sizeof(addr));
	snprintf(where, sizeof(where), "%.60s port %u", addr, q.port);
	decider_set_text(d, "destination", where);
	ask_sockets(n, j->drop.at.netns_inum, &q);
	if (!strcmp(j->drop.reason, "NO_SOCKET")) {
		near_miss(&q, n, j, d);
		return d;
	}
	for (i = 0; i < q.n; i++)
		if (is_for(&q.all[i], &j->packet))
			break;
	if (i == q.n)
		return d;
	decider_set_text(d, "local", q.all[i].local);
	decider_set_number(d, "queued_bytes", q.all[i].rx);
	if (q.proto == 17)
		decider_set_number(d, "drops", q.all[i].drops);
	owner(d, q.all[i].inode);
	return d;
}
