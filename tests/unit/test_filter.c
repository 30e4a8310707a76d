/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filter expressions, translated and run by the kernel itself (BPF_PROG_TEST_RUN), against what
 * libpcap's own bpf_filter() says of the same packets. Needs root; without, that part is skipped.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter/filter.h"
#include "util/insn_patch.h"
#include "waybill/filter.h"

#define PACKETS 120 /* for each expression and form */

static const char *const expressions[] = {
	"host 10.0.0.1",
	"src host 10.0.0.2",
	"dst host 10.0.0.3",
	"net 10.0.0.0/30",
	"src net 10.0.0.0 mask 255.255.255.254",
	"not host 10.0.0.1",
	"port 80",
	"src port 53",
	"dst port 9000",
	"portrange 50-90",
	"tcp portrange 1-1023",
	"tcp",
	"udp",
	"icmp",
	"icmp6",
	"igmp",
	"sctp",
	"ip",
	"ip6",
	"arp",
	"rarp",
	"ip proto 47",
	"ip6 proto 17",
	"proto 6",
	"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
	"tcp[tcpflags] == tcp-syn",
	"tcp[13] & 2 != 0 and port 80",
	"ip[6:2] & 0x1fff = 0",
	"ip[6:2] & 0x3fff != 0",
	"ip[8] < 64",
	"ip[2:2] > 100",
	"ip[0] & 0xf > 5",
	"ip6[6] = 6",
	"ip6[40] = 0",
	"udp[4:2] > 20",
	"icmp[icmptype] = icmp-echo",
	"icmp[0] = 8 or icmp[0] = 0",
	"icmp6[0] = 128",
	"greater 100",
	"less 60",
	"len > 64 and len < 128",
	"len = 60",
	"len & 1 = 0",
	"len % 3 = 1",
	"len / 7 > 9",
	"len * 3 > 200",
	"len - 20 > ip[2:2]",
	"ip[8] << 2 > 200",
	"ip[8] >> 3 = 8",
	"ip[8] ^ 0x40 = 0",
	"-ip[8] = -64",
	"ip[2:2] % ip[8] = 0",
	"ip[2:2] / ip[6] = 0",
	"1 << ip[8] > 0",
	"0xffffffff >> ip[8] > 3",
	"ip[12:4] = 0x0a000001",
	"ip[12:4] > 0x80000000",
	"tcp[ip[0]] = 1",
	"tcp[(tcp[12] & 0xf0) >> 2] = 0x41",
	"udp[8:4] = 0x41414141",
	"tcp[0:2] = tcp[2:2]",
	"ip proto \\tcp and host 10.0.0.1",
	"host 10.0.0.1 and not port 22",
	"(host 10.0.0.1 or host 10.0.0.2) and (port 53 or port 80)",
	"not (tcp or udp)",
	"not arp and not icmp",
	"ip6 host fd01::1",
	"src net fd01::/64",
	"ip6 and tcp port 80",
	"dst host fd02::2 and udp",
	"tcp or udp port 53",
	"ip multicast",

	"ip6 multicast",
	"icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply",
	"ip6 protochain 6",
	"ip protochain 6",
	"ip6 protochain 17 and port 53",
	"tcp src port 80 and dst host 10.0.0.1",
	"ip[9] = 17 and udp[0:2] = 53",
	"esp",
	"ah",
	"vrrp",
	"ip[1] & 0xfc = 0xb8",
	"tcp[8:4] >= 0x80000000",
	"ip[4:2] > 0x8000",
	"ip[0:4] & 0xffff = ip[2:2]",
};

static const char *const l2_expressions[] = {
	"ether host 02:00:00:00:00:01",
	"ether src 02:00:00:00:00:02",
	"ether dst 02:00:00:00:00:01",
	"ether broadcast",
	"ether multicast",
	"ether proto 0x0800",
	"ether proto \\arp",
	"vlan",
	"vlan 5",
	"vlan 5 and host 10.0.0.1",
	"vlan and tcp port 80",
	"vlan 5 and vlan 6 and ip",
	"not vlan",
	"ether[0] & 1 = 1",
	"ether[12:2] = 0x86dd",
	"arp[6:2] = 1",
	"arp host 10.0.0.1",
	"host 10.0.0.1 or vlan 5",
	"vlan and ip6",
	"pppoes",
	"mpls",
	"llc",
};

static struct wb_window *window; /* shared with the kernel */
static int window_fd = -1;
static uint64_t seed = 0x5eed;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int set_up(void **state)
{
	union bpf_attr a = {.map_type = BPF_MAP_TYPE_ARRAY,
			    .key_size = 4,
			    .max_entries = 1,
			    .value_size = sizeof(*window),
			    .map_flags = BPF_F_MMAPABLE};

	(void)state;
	window_fd = bpf(BPF_MAP_CREATE, &a);
	if (window_fd < 0)
		return 0;
	window = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, window_fd, 0);
	return window == MAP_FAILED ? -1 : 0;
}

static int load(const struct bpf_insn *insns, size_t n, const char *expr)
{
	static char log[65536];
	union bpf_attr a = {.prog_type = BPF_PROG_TYPE_XDP,
			    .insns = (uintptr_t)insns,
			    .insn_cnt = n,
			    .license = (uintptr_t) "GPL"};
	int fd = bpf(BPF_PROG_LOAD, &a);

	if (fd >= 0)
		return fd;
	a.log_buf = (uintptr_t)log;
	a.log_size = sizeof(log);
	a.log_level = 1;
	bpf(BPF_PROG_LOAD, &a);
	fail_msg("'%s': %s", expr, log + (strlen(log) > 600 ? strlen(log) - 600 : 0));
	return -1;
}

/* A program that looks the window up, has a region like those of bpf/, and returns its result. */
static int load_filter(const struct filter_code *c, const char *expr)
{
	const struct bpf_insn before[] = {
		{BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0},
		{BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, window_fd},
		{0},
		{BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0},
		{BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4},
		{BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem},
		{BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 1, 0},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
		{BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_0, 0, 0},
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, WB_FILTER_MAGIC_L3},
	};
	const size_t n_before = sizeof(before) / sizeof(*before);
	size_t n = n_before + WB_FILTER_ROOM + 1;
	struct bpf_insn *p = calloc(n, sizeof(*p));
	int fd;

	assert_non_null(p);
	memcpy(p, before, sizeof(before));
	for (size_t i = n_before; i < n; i++)
		p[i].code = BPF_JMP | BPF_JA;
	p[n - 1].code = BPF_JMP | BPF_EXIT;
	assert_int_equal(insn_patch(p, n, WB_FILTER_MAGIC_L3, WB_FILTER_ROOM, c->insns, c->n), 1);
	fd = load(p, n, expr);
	free(p);
	return fd;
}

static bool run(int fd, const uint8_t *packet, size_t caplen, size_t len, unsigned bytes)
{
	uint8_t dummy[64] = {0};
	union bpf_attr a = {
		.test = {.prog_fd = fd, .data_in = (uintptr_t)dummy, .data_size_in = 64}};

	memset(window, 0xa5, sizeof(*window));
	window->len = len;
	window->cap = caplen < bytes ? caplen : bytes;
	memcpy(window->data, packet, window->cap);
	assert_int_equal(bpf(BPF_PROG_TEST_RUN, &a), 0);
	return a.test.retval != 0;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static size_t transport(uint8_t *p, uint8_t proto)
{
	static const uint16_t ports[] = {22, 53, 80, 9000, 55};
	size_t n = rnd(80);

	for (size_t i = 0; i < 24 + n; i++)
		p[i] = rnd(3) ? rnd(256) : 0x41;
	if (proto == 6 || proto == 17 || proto == 132) {
		put16(p, ports[rnd(5)]);
		put16(p + 2, ports[rnd(5)]);
	}
	if (proto == 6)
		p[12] = (5 + rnd(3)) << 4;
	if (proto == 1 || proto == 58)
		p[0] = rnd(2) ? 8 : rnd(2) ? 128 : rnd(256);
	return 24 + n;
}

static const uint8_t protos[] = {6, 17, 1, 58, 47, 2, 132, 50};

static size_t ipv4(uint8_t *p)
{
	size_t ihl = rnd(3) ? 5 : 5 + rnd(11), n;

	for (size_t i = 0; i < ihl * 4; i++)
		p[i] = rnd(256);
	p[0] = 0x40 | ihl;
	put16(p + 6, rnd(3) ? 0x4000 : rnd(65536));
	p[8] = rnd(2) ? 64 : rnd(256);
	p[9] = protos[rnd(sizeof(protos))];
	for (int at = 12; at <= 16; at += 4)
		if (rnd(4))
			memcpy(p + at, (uint8_t[]){10, 0, 0, rnd(5)}, 4);
	n = ihl * 4 + transport(p + ihl * 4, p[9]);
	put16(p + 2, n);
	return n;
}

static size_t ipv6(uint8_t *p)
{
	static const uint8_t ext[] = {0, 60, 43, 44};
	size_t n = 40;
	uint8_t *next = p + 6, proto = protos[rnd(sizeof(protos))];

	for (int i = 0; i < 40; i++)
		p[i] = rnd(256);
	p[0] = 0x60;
	for (int at = 8; at <= 24; at += 16)
		if (rnd(4)) {
			memset(p + at, 0, 16);
			put16(p + at, 0xfd01 + rnd(2));
			p[at + 15] = 1 + rnd(2);
		}
	for (int i = rnd(3) ? 0 : 1 + rnd(3); i > 0; i--) {
		*next = ext[rnd(4)];
		next = p + n;
		memset(p + n, rnd(256), 8);
		p[n + 1] = 0;
		n += 8;
	}
	*next = proto;
	return n + transport(p + n, proto);
}

static size_t network(uint8_t *p, uint16_t *type)
{
	switch (rnd(8)) {
	case 0: /* ARP */
		for (int i = 0; i < 28; i++)
			p[i] = rnd(256);
		memcpy(p, (uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1 + rnd(2)}, 8);
		memcpy(p + 14, (uint8_t[]){10, 0, 0, rnd(4)}, 4);
		memcpy(p + 24, (uint8_t[]){10, 0, 0, rnd(4)}, 4);
		*type = 0x0806;
		return 28;
	case 1: /* anything */
		for (int i = 0; i < 60; i++)
			p[i] = rnd(256);
		*type = rnd(2) ? 0x0800 : rnd(65536);
		return rnd(60);
	case 2:
	case 3:
		*type = 0x86dd;
		return ipv6(p);
	default:
		*type = 0x0800;
		return ipv4(p);
	}
}

static size_t frame(uint8_t *p)
{
	size_t n = 14;
	uint16_t type;

	memcpy(p, (uint8_t[]){2, 0, 0, 0, 0, rnd(3), 2, 0, 0, 0, 0, rnd(3)}, 12);
	if (!rnd(6))
		memset(p, 0xff, 6);
	for (int i = rnd(3) ? 0 : 1 + rnd(2); i > 0; i--, n += 4) {
		put16(p + n - 2, i == 2 ? 0x88a8 : 0x8100);
		put16(p + n, rnd(2) ? 5 : 6);
	}
	type = 0;
	size_t m = network(p + n, &type);
	put16(p + n - 2, type);
	return n + m;
}

static void compare(const struct filter *f, bool l2, const char *expr)
{
	const struct filter_code *c = l2 ? &f->l2 : &f->l3;
	int fd;

	if (c->never)
		return;
	fd = load_filter(c, expr);
	for (int i = 0; i < PACKETS; i++) {
		uint8_t p[512] = {0};
		uint16_t type;
		size_t len = l2 ? frame(p) : network(p, &type),
		       caplen = rnd(6) ? len : rnd(len + 1);
		bool want = filter_match(f, l2, p, caplen, len);

		if (run(fd, p, caplen, len, f->window) != want) {
			for (size_t j = 0; j < caplen; j++)
				fprintf(stderr, "%02x", p[j]);
			fail_msg("'%s' (%s): libpcap says %d, packet of %zu/%zu above", expr,
				 l2 ? "frame" : "IP", want, caplen, len);
		}
	}
	close(fd);
}

static void check_expression(const char *expr)
{
	struct filter f;
	char err[512];

	if (filter_compile(expr, &f, err, sizeof(err)))
		fail_msg("'%s': %s", expr, err);
	assert_true(f.window <= WB_WINDOW_MAX);
	if (window) {
		compare(&f, true, expr);
		compare(&f, false, expr);
	}
	filter_clear(&f);
}

static void same_as_libpcap(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(expressions) / sizeof(*expressions); i++)
		check_expression(expressions[i]);
	if (!window)
		skip(); /* BPF needs root */
}

static void same_as_libpcap_with_mac(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(l2_expressions) / sizeof(*l2_expressions); i++)
		check_expression(l2_expressions[i]);
	if (!window)
		skip();
}

static void a_hundred_hosts(void **state)
{
	char s[4096] = "host 10.0.0.1";

	(void)state;
	for (int i = 1; i < 100; i++)
		sprintf(s + strlen(s), " or host 10.0.%d.%d", i, i);
	check_expression(s);
}

static void random_pairs(void **state)
{
	const size_t n = sizeof(expressions) / sizeof(*expressions);

	(void)state;
	for (int i = 0; i < 60; i++) {
		const char *a = expressions[rnd(n)], *b = expressions[rnd(n)];
		char s[512], err[512];
		struct filter f;

		snprintf(s, sizeof(s), "%s(%s) %s (%s)", rnd(3) ? "" : "not ", a,
			 rnd(2) ? "and" : "or", b);
		if (filter_compile(s, &f, err, sizeof(err)))
			continue; /* contradictions are refused */
		filter_clear(&f);
		check_expression(s);
	}
}

static void refusals(void **state)
{
	static const struct {
		const char *expr;
		int r;
		const char *says;
	} rows[] = {
		{"host 10.0.0.1 andd tcp", -EINVAL, "'andd' (character 15)"},
		{"tcp port", -EINVAL, "end"},
		{"tcp and and udp", -EINVAL, "'and' (character 9)"},
		{"(tcp", -EINVAL, "end"},
		{"port 99999", -EINVAL, "99999"},
		{"ether proto 1 and ether proto 2", -EINVAL, "reject"},
		{"ip[1000] = 3", -EOPNOTSUPP, "byte 1014"},
		{"tcp[300] = 3", -EOPNOTSUPP, "byte"},
		{"inbound", -EOPNOTSUPP, "inbound"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct filter f;
		char err[512] = "";
		int r = filter_compile(rows[i].expr, &f, err, sizeof(err));

		if (r != rows[i].r || !strstr(err, rows[i].says))
			fail_msg("'%s': %d '%s'", rows[i].expr, r, err);
	}
}

static void everything_and_never(void **state)
{
	struct filter f;
	char err[512];

	(void)state;
	assert_int_equal(filter_compile("  ", &f, err, sizeof(err)), 0);
	assert_true(f.all && filter_match(&f, true, "", 0, 0));
	filter_clear(&f);
	assert_int_equal(filter_compile("ether host 1:2:3:4:5:6", &f, err, sizeof(err)), 0);
	assert_true(f.l3.never && !f.l2.never && !f.all && !f.vlan);
	assert_false(filter_match(&f, false, "", 0, 0));
	filter_clear(&f);
	assert_int_equal(filter_compile("udp or(vlan 5)", &f, err, sizeof(err)), 0);
	assert_true(f.vlan);
	filter_clear(&f);
}

static void too_long(void **state)
{
	char *s = malloc(200000), err[512];
	struct filter f;
	size_t n;

	(void)state;
	n = sprintf(s, "host 1.0.0.1");
	for (int i = 0; i < 400; i++)
		n += sprintf(s + n, " or host 1.%d.%d.2", i / 250, i % 250);
	assert_int_equal(filter_compile(s, &f, err, sizeof(err)), -E2BIG);
	assert_non_null(strstr(err, "too long"));
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_libpcap), cmocka_unit_test(same_as_libpcap_with_mac),
		cmocka_unit_test(a_hundred_hosts), cmocka_unit_test(random_pairs),
		cmocka_unit_test(refusals),	   cmocka_unit_test(everything_and_never),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
