/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests' unusual sockets: options that make a socket refuse packets, segments that don't fit
 * their connection, sends that fail. The usual traffic is in traffic.c. Every run is bounded in
 * time; options are key=value words.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int n_args;
static char **args;

static const char *arg(const char *key)
{
	size_t n = strlen(key);

	for (int i = 0; i < n_args; i++)
		if (!strncmp(args[i], key, n) && args[i][n] == '=')
			return args[i] + n + 1;
	return NULL;
}

static long number(const char *key, long otherwise)
{
	const char *s = arg(key);

	return s ? strtol(s, NULL, 0) : otherwise;
}

static int die(const char *what)
{
	perror(what);
	return 1;
}

static void nap(double seconds)
{
	usleep(seconds * 1e6);
}

/* ADDRESS or ADDRESS,PORT */
static socklen_t address(const char *text, int port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (void *)ret;
	struct sockaddr_in6 *v6 = (void *)ret;
	char a[64];

	snprintf(a, sizeof(a), "%.*s", (int)strcspn(text, ","), text);
	if (strchr(text, ','))
		port = atoi(strchr(text, ',') + 1);
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, a, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	inet_pton(AF_INET6, a, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

static int set(int s, int level, int name, const char *key)
{
	int value = number(key, 0);

	return arg(key) ? setsockopt(s, level, name, &value, sizeof(value)) : 0;
}

/* A program that was pinned: a socket filter, or one that chooses among sockets of a port. */
static int attach_pinned(int s, int option, const char *path)
{
	union bpf_attr a = {.pathname = (uintptr_t)path};
	int fd = path ? syscall(SYS_bpf, BPF_OBJ_GET, &a, sizeof(a)) : -1;

	return path ? fd < 0 || setsockopt(s, SOL_SOCKET, option, &fd, sizeof(fd)) : 0;
}

static int md5_key(int s, const char *peer)
{
	struct tcp_md5sig sig = {.tcpm_keylen = 3, .tcpm_key = "key"};

	if (!peer)
		return 0;
	if (arg("key"))
		sig.tcpm_keylen = snprintf((char *)sig.tcpm_key, 16, "%s", arg("key"));
	address(peer, 0, (void *)&sig.tcpm_addr);
	return setsockopt(s, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig));
}

static int options(int s)
{
	const char *dev = arg("dev");
	int one = 1;

	return setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	       (dev && setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev))) ||
	       set(s, SOL_SOCKET, SO_RCVBUF, "rcvbuf") || set(s, SOL_SOCKET, SO_SNDBUF, "sndbuf") ||
	       set(s, SOL_SOCKET, SO_REUSEPORT, "reuseport") ||
	       set(s, SOL_SOCKET, SO_BROADCAST, "broadcast") ||
	       set(s, IPPROTO_IP, IP_MINTTL, "minttl") ||
	       set(s, IPPROTO_IP, IP_RECVERR, "recverr") ||
	       set(s, IPPROTO_IP, IP_MTU_DISCOVER, "pmtudisc") ||
	       set(s, IPPROTO_IPV6, IPV6_V6ONLY, "v6only") ||
	       set(s, SOL_SOCKET, SO_KEEPALIVE, "keepalive") ||
	       set(s, IPPROTO_TCP, TCP_KEEPIDLE, "keepalive") ||
	       set(s, IPPROTO_TCP, TCP_DEFER_ACCEPT, "defer") || md5_key(s, arg("md5")) ||
	       attach_pinned(s, SO_ATTACH_BPF, arg("filter")) ||
	       attach_pinned(s, SO_ATTACH_REUSEPORT_EBPF, arg("chooser"));
}

/* A socket that is bound and otherwise left alone; peer=ADDRESS,PORT connects it. */
static int sit(int type, const char *a, int port, double seconds)
{
	struct sockaddr_storage me, peer;
	socklen_t n = address(a, port, &me);
	int s = socket(me.ss_family, type, number("proto", 0));

	if (s < 0 || options(s) || bind(s, (struct sockaddr *)&me, n))
		return die(a);
	if (arg("chooser") && attach_pinned(s, SO_ATTACH_REUSEPORT_EBPF, arg("chooser")))
		return die("chooser");
	if (type == SOCK_STREAM && listen(s, number("backlog", 16)))
		return die("listen");
	if (set(s, IPPROTO_UDP, UDP_ENCAP, "encap"))
		return die("encap");
	if (arg("peer")) {
		n = address(arg("peer"), 0, &peer);
		if (connect(s, (struct sockaddr *)&peer, n))
			return die("connect");
	}
	nap(seconds);
	return 0;
}

/* Accepts one connection and does something to it, after SECONDS: reply= sends, close= closes. */
static int serve(const char *a, int port, double seconds)
{
	struct sockaddr_storage me;
	socklen_t n = address(a, port, &me);
	int s = socket(me.ss_family, SOCK_STREAM, 0), c;

	if (options(s) || bind(s, (struct sockaddr *)&me, n) || listen(s, 16))
		return die(a);
	c = accept(s, NULL, NULL);
	if (arg("reply")) {
		nap(atof(arg("reply")));
		if (send(c, "reply", 5, MSG_NOSIGNAL) < 0)
			return die("reply");
	}
	if (arg("close")) {
		nap(atof(arg("close")));
		close(c);
	}
	nap(seconds);
	return 0;
}

/* Sends n messages of size bytes, and prints what became of each; fin=1: then it has said all. */
static int send_some(int type, const char *a, int port)
{
	struct sockaddr_storage to;
	socklen_t len = address(a, port, &to);
	int s = socket(to.ss_family, type, number("proto", 0));
	static char buf[1 << 20];
	int flags = MSG_NOSIGNAL | number("flags", 0);

	if (s < 0 || options(s))
		return die("socket");
	if (number("connect", 1) && connect(s, (struct sockaddr *)&to, len))
		return die("connect");
	nap(arg("hold") ? atof(arg("hold")) : 0);
	for (long i = 0; i < number("n", 1); i++) {
		ssize_t r = number("connect", 1) ? send(s, buf, number("size", 8), flags)
						 : sendto(s, buf, number("size", 8), flags,
							  (struct sockaddr *)&to, len);

		printf("%zd %s\n", r, r < 0 ? strerror(errno) : "");
		nap(arg("gap") ? atof(arg("gap")) : 0);
	}
	if (number("fin", 0))
		shutdown(s, SHUT_WR);
	nap(arg("hold2") ? atof(arg("hold2")) : 0);
	return 0;
}

static uint32_t sequence(int s, int queue)
{
	uint32_t v = 0;
	socklen_t n = sizeof(v);

	setsockopt(s, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue));
	getsockopt(s, IPPROTO_TCP, TCP_QUEUE_SEQ, &v, &n);
	return v;
}

static uint16_t checksum(const uint8_t *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i < n; i += 2)
		s += p[i] << 8 | (i + 1 < n ? p[i + 1] : 0);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

/*
 * Connects, then sends one segment of its own making on the same ports: seq= and ack= are added to
 * what would be right, flags= are letters, size= bytes of data, sent by a raw socket.
 */
static int inject(const char *a, int port)
{
	struct sockaddr_in to, me;
	socklen_t n = sizeof(me);
	int s = socket(AF_INET, SOCK_STREAM, 0), raw = socket(AF_INET, SOCK_RAW, IPPROTO_TCP),
	    on = 1;
	const char *flags = arg("flags") ? arg("flags") : "A";
	size_t size = number("size", 0);
	uint8_t p[2048] = {0};
	uint32_t v, sum;

	address(a, port, (void *)&to);
	if (s < 0 || raw < 0 || connect(s, (void *)&to, sizeof(to)) ||
	    getsockname(s, (void *)&me, &n))
		return die("connect");
	if (number("first", 0) && send(s, p, number("first", 0), 0) < 0)
		return die("send");
	nap(0.2);
	setsockopt(s, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on));
	memcpy(p, &me.sin_port, 2);
	memcpy(p + 2, &to.sin_port, 2);
	v = htonl(sequence(s, TCP_SEND_QUEUE) + number("seq", 0));
	memcpy(p + 4, &v, 4);
	v = htonl(sequence(s, TCP_RECV_QUEUE) + number("ack", 0));
	memcpy(p + 8, &v, 4);
	on = 0;
	setsockopt(s, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on));
	p[12] = 5 << 4;
	for (int i = 0; "FSRPAU"[i]; i++)
		if (strchr(flags, "FSRPAU"[i]))
			p[13] |= 1 << i;
	p[14] = 16;
	sum = IPPROTO_TCP + 20 + size;
	v = ntohl(me.sin_addr.s_addr);
	sum += (v >> 16) + (v & 0xffff);
	v = ntohl(to.sin_addr.s_addr);
	sum += (v >> 16) + (v & 0xffff);
	v = checksum(p, 20 + size, sum);
	p[16] = v >> 8;
	p[17] = v;
	if (sendto(raw, p, 20 + size, 0, (void *)&to, sizeof(to)) < 0)
		return die("sendto");
	nap(0.3);
	return 0;
}

/* A tun or tap device with nobody who reads it: NAME is up while this runs. */
static int tap(const char *name, double seconds)
{
	struct ifreq r = {.ifr_flags =
				  number("tun", 0) ? IFF_TUN | IFF_NO_PI : IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR), s = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) || ioctl(s, SIOCGIFFLAGS, &r))
		return die(name);
	r.ifr_flags |= IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &r))
		return die(name);
	nap(seconds);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[1] : "";
	double seconds = argc > 4 ? atof(argv[4]) : 0;

	args = argv;
	n_args = argc;
	if (!strcmp(what, "tap"))
		return tap(argv[2], atof(argv[3]));
	if (!strcmp(what, "udp-sit"))
		return sit(SOCK_DGRAM, argv[2], atoi(argv[3]), seconds);
	if (!strcmp(what, "tcp-sit"))
		return sit(SOCK_STREAM, argv[2], atoi(argv[3]), seconds);
	if (!strcmp(what, "raw-sit"))
		return sit(SOCK_RAW, argv[2], atoi(argv[3]), seconds);
	if (!strcmp(what, "tcp-serve"))
		return serve(argv[2], atoi(argv[3]), seconds);
	if (!strcmp(what, "udp-try"))
		return send_some(SOCK_DGRAM, argv[2], atoi(argv[3]));
	if (!strcmp(what, "tcp-try"))
		return send_some(SOCK_STREAM, argv[2], atoi(argv[3]));
	if (!strcmp(what, "raw-try"))
		return send_some(SOCK_RAW, argv[2], atoi(argv[3]));
	if (!strcmp(what, "tcp-inject"))
		return inject(argv[2], atoi(argv[3]));
	fprintf(stderr,
		"sockets udp-sit|tcp-sit|raw-sit|tcp-serve ADDR PORT SECONDS ... | "
		"udp-try|tcp-try|raw-try|tcp-inject ADDR PORT ... | tap NAME SECONDS ...\n");
	return 2;
}
