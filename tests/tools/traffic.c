/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests' traffic: crafted frames, UDP sinks, TCP servers and clients. Every run is bounded in
 * time and number. Options are key=value words.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int n_args;
static char **args;

static const char *arg(const char *key, const char *otherwise)
{
	size_t n = strlen(key);

	for (int i = 0; i < n_args; i++)
		if (!strncmp(args[i], key, n) && args[i][n] == '=')
			return args[i] + n + 1;
	return otherwise;
}

static long number(const char *key, long otherwise)
{
	const char *s = arg(key, NULL);

	return s ? strtol(s, NULL, 0) : otherwise;
}

static int die(const char *what)
{
	perror(what);
	return 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static uint32_t sum(const void *data, size_t n, uint32_t s)
{
	const uint8_t *b = data;

	for (size_t i = 0; i + 1 < n; i += 2)
		s += b[i] << 8 | b[i + 1];
	return n & 1 ? s + (b[n - 1] << 8) : s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

/* Transport header and payload at p; returns their length. addresses: both, for the checksum. */
static size_t transport(uint8_t *p, const uint8_t *addresses, size_t n_addresses, uint8_t proto)
{
	size_t rep = number("rep", 8), n;
	uint32_t s;

	memset(p, 0, 20);
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) {
		p[0] = number("type", proto == IPPROTO_ICMP ? 8 : 128);
		put16(p + 6, 1);
		memset(p + 8, 'x', rep);
		n = 8 + rep;
		s = proto == IPPROTO_ICMP ? 0 : sum(addresses, n_addresses, proto + n);
		put16(p + 2, fold(sum(p, n, s)) + number("badl4", 0));
		return n;
	}
	put16(p, number("sport", 40000));
	put16(p + 2, number("dport", 9000));
	if (proto == IPPROTO_TCP) {
		const char *flags = arg("flags", "S");

		put16(p + 4, 0x1234);
		p[12] = 5 << 4;
		for (int i = 0; "FSRPAU"[i]; i++)
			if (strchr(flags, "FSRPAU"[i]))
				p[13] |= 1 << i;
		put16(p + 14, 8192);
		n = 20;
	} else {
		memset(p + 8, 'x', rep);
		n = 8 + rep;
		put16(p + 4, n);
	}
	s = sum(addresses, n_addresses, proto + n);
	put16(p + (proto == IPPROTO_TCP ? 16 : 6),
	      number("nocsum", 0) ? 0 : fold(sum(p, n, s)) + number("badl4", 0));
	return n;
}

static uint8_t proto_number(const char *proto)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = {{"tcp", IPPROTO_TCP},
		     {"udp", IPPROTO_UDP},
		     {"icmp", IPPROTO_ICMP},
		     {"icmp6", IPPROTO_ICMPV6}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(proto, names[i].name))
			return names[i].number;
	return strtol(proto, NULL, 0);
}

/* Bytes written as hexadecimal digits; returns their number. */
static size_t hex(uint8_t *p, const char *digits)
{
	size_t n = 0;

	for (; digits[0] && digits[1] && sscanf(digits, "%2hhx", p + n) == 1; digits += 2)
		n++;
	return n;
}

static size_t ipv4(uint8_t *ip, int i)
{
	const char *proto = arg("proto", "udp");
	size_t head = 20 + hex(ip + 20, arg("opts", "")), n;

	memset(ip, 0, 20);
	ip[0] = number("ver", 0x40 | head / 4);
	put16(ip + 4, number("id", 100 + i));
	put16(ip + 6, number("frag", 0));
	ip[8] = number("ttl", 64);
	ip[9] = proto_number(proto);
	inet_pton(AF_INET, arg("src", "10.1.0.1"), ip + 12);
	if (number("srcs", 0)) /* so many senders in turn, of this /16 */
		put16(ip + 14, i % number("srcs", 0));
	inet_pton(AF_INET, arg("dst", "10.2.0.2"), ip + 16);
	n = head + transport(ip + head, ip + 12, 8, ip[9]);
	put16(ip + 2, number("totlen", n));
	put16(ip + 10, fold(sum(ip, head, 0)) + number("badip", 0));
	return n;
}

/* ext: extension headers, the first of kind next; the last must name the transport's. */
static size_t ipv6(uint8_t *ip)
{
	uint8_t proto = proto_number(arg("proto", "udp"));
	size_t head = 40 + hex(ip + 40, arg("ext", "")), n;

	memset(ip, 0, 40);
	ip[0] = number("ver", 0x60);
	ip[6] = number("next", proto);
	ip[7] = number("ttl", 64);
	inet_pton(AF_INET6, arg("src", "fd01::1"), ip + 8);
	inet_pton(AF_INET6, arg("dst", "fd02::2"), ip + 24);
	n = head + transport(ip + head, ip + 8, 32, proto);
	put16(ip + 4, number("totlen", n - 40));
	return n;
}

static size_t frame(uint8_t *f, const uint8_t mac[6], int i)
{
	bool six = strchr(arg("dst", ""), ':');
	size_t n, cut = number("cut", 0);

	sscanf(arg("dmac", "ff:ff:ff:ff:ff:ff"), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", f, f + 1, f + 2,
	       f + 3, f + 4, f + 5);
	memcpy(f + 6, mac, 6);
	put16(f + 12, number("etype", six ? ETHERTYPE_IPV6 : ETHERTYPE_IP));
	n = six ? ipv6(f + 14) : ipv4(f + 14, i);
	return 14 + (cut ? cut : n);
}

/*
 * ring=1: by a ring shared with the kernel, which leaves the frame in its pages: only the MAC
 * header is in the packet's linear data.
 */
static int ring_frame(int s, const struct sockaddr_ll *to, const uint8_t mac[6], int n)
{
	struct tpacket_req req = {
		.tp_block_size = 4096, .tp_block_nr = 1, .tp_frame_size = 4096, .tp_frame_nr = 1};
	int version = TPACKET_V2;
	struct tpacket2_hdr *slot;

	if (setsockopt(s, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(s, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)) ||
	    bind(s, (const struct sockaddr *)to, sizeof(*to)))
		return die("ring");
	slot = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0);
	if (slot == MAP_FAILED)
		return die("ring");
	for (int i = 0; i < n && i < 1000; i++) {
		slot->tp_len = frame((uint8_t *)slot + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll),
				     mac, i);
		slot->tp_status = TP_STATUS_SEND_REQUEST;
		if (send(s, NULL, 0, 0) < 0)
			return die("send");
		/* the pages are the kernel's until the packet is freed */
		for (int k = 0; k < 1000 && slot->tp_status != TP_STATUS_AVAILABLE; k++)
			usleep(1000);
	}
	return 0;
}

static int raw_frame(const char *dev)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_halen = 6};
	int s = socket(AF_PACKET, SOCK_RAW, 0), n = number("n", 1);
	static uint8_t buf[65536];
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (s < 0 || ioctl(s, SIOCGIFHWADDR, &ifr))
		return die(dev);
	to.sll_ifindex = if_nametoindex(dev);
	if (number("ring", 0))
		return ring_frame(s, &to, (const uint8_t *)ifr.ifr_hwaddr.sa_data, n);
	for (int i = 0; i < n && i < 1000000; i++) {
		size_t len = frame(buf, (const uint8_t *)ifr.ifr_hwaddr.sa_data, i);

		if (sendto(s, buf, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0 &&
		    errno != ENOBUFS)
			return die("send");
		if (number("gap_us", 0))
			usleep(number("gap_us", 0));
	}
	return 0;
}

static socklen_t address(const char *a, int port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (void *)ret;
	struct sockaddr_in6 *v6 = (void *)ret;

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

static int udp_sink(const char *a, int port, double seconds)
{
	struct sockaddr_storage me, peer;
	socklen_t len = address(a, port, &me), plen = sizeof(peer);
	int s = socket(me.ss_family, SOCK_DGRAM, 0), rcvbuf = number("rcvbuf", 0);
	double end = now() + seconds;
	char buf[65536];
	long got = 0;

	if (rcvbuf)
		setsockopt(s, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	if (number("reuse", 0))
		setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (number("filter", 0)) {
		struct sock_filter drop_all = {BPF_RET | BPF_K, 0, 0, 0};
		struct sock_fprog prog = {1, &drop_all};

		if (setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
			return die("filter");
	}
	if (bind(s, (struct sockaddr *)&me, len))
		return die(a);
	while (now() < end) {
		struct pollfd p = {.fd = s, .events = POLLIN};
		ssize_t n;

		if (number("noread", 0)) {
			usleep(20000);
			continue;
		}
		if (poll(&p, 1, 20) <= 0)
			continue;
		n = recvfrom(s, buf, sizeof(buf), 0, (struct sockaddr *)&peer, &plen);
		got += n >= 0;
		if (n >= 0 && number("echo", 0))
			sendto(s, buf, n, 0, (struct sockaddr *)&peer, plen);
	}
	printf("%ld\n", got);
	return 0;
}

static int udp_send(const char *a, int port, long count)
{
	struct sockaddr_storage to;
	socklen_t len = address(a, port, &to);
	int s = socket(to.ss_family, SOCK_DGRAM, 0);
	size_t size = number("size", 8);
	double start = now(), rate = number("rate", 0);
	char buf[65536] = "x";
	long sent = 0, ports = number("ports", 1); /* of several: one after the other, connect=0 */

	if (number("connect", 1) && connect(s, (struct sockaddr *)&to, len))
		return die(a);
	for (long i = 0; i < count; i++) {
		while (rate && now() < start + i / rate)
			;
		if (ports > 1)
			len = address(a, port + i % ports, &to);
		sent += (number("connect", 1) ? send(s, buf, size, 0)
					      : sendto(s, buf, size, 0, (void *)&to, len)) >= 0;
		if (number("seconds", 0) && !(i & 1023) && now() - start > number("seconds", 0))
			break;
	}
	printf("%ld %.6f\n", sent, now() - start);
	return 0;
}

static int tcp_server(const char *a, int port, double seconds)
{
	struct sockaddr_storage me;
	socklen_t len = address(a, port, &me);
	int s = socket(me.ss_family, SOCK_STREAM, 0), one = 1, fds[64], n = 0;
	double end = now() + seconds;
	char buf[65536];

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (struct sockaddr *)&me, len) || listen(s, number("backlog", 16)))
		return die(a);
	fcntl(s, F_SETFL, O_NONBLOCK);
	while (now() < end) {
		int c = number("noaccept", 0) ? -1 : accept4(s, NULL, NULL, SOCK_NONBLOCK);

		if (c >= 0 && n < 64)
			fds[n++] = c;
		for (int i = 0; i < n && !number("noread", 0); i++)
			while (read(fds[i], buf, sizeof(buf)) > 0)
				;
		usleep(2000);
	}
	return 0;
}

static int tcp_client(const char *a, int port, double seconds)
{
	struct sockaddr_storage to;
	socklen_t len = address(a, port, &to);
	int s = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd p = {.fd = s, .events = POLLOUT};
	size_t left = number("send", 0);
	char buf[65536] = "x";

	connect(s, (struct sockaddr *)&to, len);
	if (poll(&p, 1, seconds * 1000) <= 0)
		return 1;
	usleep(strtod(arg("hold", "0"), NULL) * 1e6);
	while (left) {
		ssize_t w = write(s, buf, left < sizeof(buf) ? left : sizeof(buf));

		if (w <= 0)
			break;
		left -= w;
	}
	usleep(strtod(arg("hold2", "0"), NULL) * 1e6);
	return 0;
}

/* Sends send= bytes to each who asks by a line, and closes; until the time is over. */
static int tcp_source(const char *a, int port, double seconds)
{
	struct sockaddr_storage me;
	socklen_t len = address(a, port, &me);
	int s = socket(me.ss_family, SOCK_STREAM, 0), one = 1;
	struct pollfd p = {.fd = s, .events = POLLIN};
	double end = now() + seconds;
	static char buf[65536];

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (struct sockaddr *)&me, len) || listen(s, 5))
		return die(a);
	while (now() < end) {
		size_t left = number("send", 0);
		int c = poll(&p, 1, 100) > 0 ? accept(s, NULL, NULL) : -1;

		if (c < 0 || read(c, buf, sizeof(buf)) <= 0)
			left = 0;
		while (left) {
			ssize_t w = write(c, buf, left < sizeof(buf) ? left : sizeof(buf));

			if (w <= 0)
				break;
			left -= w;
		}
		if (c >= 0)
			close(c);
	}
	return 0;
}

/* Asks by a line and reads to the end: 0 if that was want= bytes. */
static int tcp_fetch(const char *a, int port, double seconds)
{
	struct sockaddr_storage to;
	socklen_t len = address(a, port, &to);
	int s = socket(to.ss_family, SOCK_STREAM, 0);
	struct pollfd p = {.fd = s, .events = POLLIN};
	size_t want = number("want", 0), got = 0;
	double end = now() + seconds;
	static char buf[65536];
	ssize_t n = -1;

	if (connect(s, (struct sockaddr *)&to, len) || write(s, "go\n", 3) != 3)
		return die(a);
	while (n && now() < end) {
		n = poll(&p, 1, 100) > 0 ? read(s, buf, sizeof(buf)) : -1;
		got += n > 0 ? n : 0;
	}
	return got != want;
}

/* One message to the queue subsystem: a header for queue, and one attribute. */
static int queue_send(int s, uint8_t type, uint16_t queue, uint16_t attr, const void *data,
		      uint16_t n)
{
	struct {
		struct nlmsghdr h;
		struct nfgenmsg g;
		struct nlattr a;
		uint8_t data[16];
	} m = {.h = {.nlmsg_len = NLMSG_LENGTH(sizeof(m.g)) + NLA_HDRLEN + n,
		     .nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type,
		     .nlmsg_flags = NLM_F_REQUEST},
	       .g = {.res_id = htons(queue)},
	       .a = {.nla_len = NLA_HDRLEN + n, .nla_type = attr}};

	memcpy(m.data, data, n);
	return send(s, &m, NLMSG_ALIGN(m.h.nlmsg_len), 0) < 0 ? -errno : 0;
}

/* The program behind an NFQUEUE: gives every packet the same verdict, or none (verdict=-1). */
static int nfqueue(int queue, double seconds)
{
	struct nfqnl_msg_config_cmd bind_it = {.command = NFQNL_CFG_CMD_BIND};
	struct nfqnl_msg_config_params params = {.copy_range = htonl(64),
						 .copy_mode = NFQNL_COPY_META};
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	double end = now() + seconds;
	static uint8_t buf[65536];

	if (s < 0 ||
	    queue_send(s, NFQNL_MSG_CONFIG, queue, NFQA_CFG_CMD, &bind_it, sizeof(bind_it)) ||
	    queue_send(s, NFQNL_MSG_CONFIG, queue, NFQA_CFG_PARAMS, &params, sizeof(params)))
		return die("nfqueue");
	while (now() < end) {
		struct pollfd p = {.fd = s, .events = POLLIN};
		struct nlmsghdr *h = (void *)buf;
		struct nlattr *a = (void *)(buf + NLMSG_LENGTH(sizeof(struct nfgenmsg)));
		struct nfqnl_msg_verdict_hdr v = {.verdict = htonl(number("verdict", 0))};

		if (poll(&p, 1, 20) <= 0 || recv(s, buf, sizeof(buf), 0) <= 0)
			continue;
		if (h->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) ||
		    a->nla_type != NFQA_PACKET_HDR || number("verdict", 0) < 0)
			continue;
		memcpy(&v.id, a + 1, 4); /* the packet's number comes first in its header */
		queue_send(s, NFQNL_MSG_VERDICT, queue, NFQA_VERDICT_HDR, &v, sizeof(v));
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	args = argv;
	n_args = argc;
	if (argc > 2 && !strcmp(what, "raw-frame"))
		return raw_frame(argv[2]);
	if (argc > 3 && !strcmp(what, "nfqueue"))
		return nfqueue(atoi(argv[2]), atof(argv[3]));
	if (argc < 5) {
		fprintf(stderr, "traffic raw-frame IF ... | nfqueue N SECONDS | "
				"udp-sink|tcp-server|tcp-client|tcp-source|tcp-fetch ADDR "
				"PORT SECONDS ... | udp-send ADDR PORT N ...\n");
		return 2;
	}
	if (!strcmp(what, "udp-sink"))
		return udp_sink(argv[2], atoi(argv[3]), atof(argv[4]));
	if (!strcmp(what, "udp-send"))
		return udp_send(argv[2], atoi(argv[3]), atol(argv[4]));
	if (!strcmp(what, "tcp-server"))
		return tcp_server(argv[2], atoi(argv[3]), atof(argv[4]));
	if (!strcmp(what, "tcp-client"))
		return tcp_client(argv[2], atoi(argv[3]), atof(argv[4]));
	if (!strcmp(what, "tcp-source"))
		return tcp_source(argv[2], atoi(argv[3]), atof(argv[4]));
	if (!strcmp(what, "tcp-fetch"))
		return tcp_fetch(argv[2], atoi(argv[3]), atof(argv[4]));
	return 2;
}
