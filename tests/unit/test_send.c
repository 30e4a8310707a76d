/* SPDX-License-Identifier: GPL-2.0-only */
/* The packet language: what is understood, what is refused and where, and the bytes made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/packet.h"
#include "send/frame.h"
#include "send/rewrite.h"

static uint32_t count_up(void *arg)
{
	return ++*(uint32_t *)arg * 2654435761U;
}

static void parse(const char *text, struct send_packet *p)
{
	struct send_error err;
	uint32_t n = 0;

	if (send_parse(text, p, &err))
		fail_msg("%s: at %zu: %s", text, err.at, err.what);
	send_fill(p, count_up, &n);
}

static void make(const char *text, struct send_packet *p, struct send_frame *f)
{
	struct send_error err;

	parse(text, p);
	assert_int_equal(send_frame_make(p, f, &err), 0);
}

static const char *const good[] = {
	"tcp 10.0.0.1 > 10.0.0.2:80",
	"tcp 10.0.0.1:4000>10.0.0.2:80 flags syn,ack seq 7 ack 9 win 1 ttl 3 tos 0x10",
	"TCP [fd00::1]:1 > [fd00::2]:443 flags FPU payload \"a \\\" b\\\\\"",
	"udp 10.0.0.1:53 > 10.0.0.2:53 payload 0x00ff10 df mark 7",
	"udp fd00::1 > [fd00::2]:53 len 100 flow 0x12345",
	"udp 10.0.0.1:1 > 10.0.0.2:2 fragment 0 more len 24 ipid 77",
	"udp 10.0.0.1:1 > 10.0.0.2:2 fragment 1480",
	"udp fd00::1 > [fd00::2]:53 fragment 16 more",
	"icmp 10.0.0.1 > 10.0.0.2",
	"icmp 10.0.0.1 > 10.0.0.2 type unreachable code 3 len 28",
	"icmp6 fd00::1 > ff02::1 type echo id 4 seq 5 vlan 12",
	"sctp 10.0.0.1 > 10.0.0.2:9",
	"sctp 10.0.0.1 > 10.0.0.2:9 vtag 4 payload x badsum",
	"gre 10.0.0.1 > 10.0.0.2 seq 4 len 9",
	"arp 10.0.0.1 > 10.0.0.2",
	"arp 10.0.0.1 > 10.0.0.2 reply dmac 02:00:00:00:00:09",
	"ndp fd00::1 > fd00::2",
	"ndp fd00::1 > fd00::2 reply",
	"proto 89 10.0.0.1 > 224.0.0.5 ttl 1 badsum nodf",
	"proto 0 fd00::1 > fd00::2",
};

/* Printed with all that was filled in, it is the same packet again, byte for byte. */
static void prints_what_it_parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct send_packet p, again;
		struct send_frame f, g;
		struct text t = {0}, u = {0};

		make(good[i], &p, &f);
		send_print(&t, &p);
		make(t.s, &again, &g);
		send_print(&u, &again);
		assert_string_equal(t.s, u.s);
		assert_int_equal(f.n, g.n);
		assert_memory_equal(f.bytes, g.bytes, f.n);
		text_free(&t);
		text_free(&u);
	}
}

static void points_at_the_place(void **state)
{
	static const struct {
		const char *text, *at; /* the wrong piece, "" the end */
	} bad[] = {
		{"", ""},
		{"tpc 10.0.0.1 > 10.0.0.2:80", "tpc"},
		{"tcp 10.0.0.1:99999 > 10.0.0.2:80", "10.0.0.1:99999"},
		{"tcp 10.0.0.1: > 10.0.0.2:80", "10.0.0.1:"},
		{"tcp 10.0.0.1 10.0.0.2:80", "10.0.0.2:80"},
		{"tcp 10.0.0.1 >", ""},
		{"tcp 10.0.0.1 > 10.0.0.2", "10.0.0.2"},
		{"tcp 10.0.0.1 > fd00::1", "fd00::1"},
		{"tcp 10.0.0.300 > 10.0.0.2:80", "10.0.0.300"},
		{"tcp [fd00::1 > [fd00::2]:80", "[fd00::1"},
		{"icmp fd00::1 > fd00::2", "fd00::1"},
		{"icmp6 10.0.0.1 > fd00::2", "10.0.0.1"},
		{"icmp 10.0.0.1:4 > 10.0.0.2", "10.0.0.1:4"},
		{"tcp 10.0.0.1 > 10.0.0.2:80 flag S", "flag"},
		{"tcp 10.0.0.1 > 10.0.0.2:80 flags SX", "SX"},
		{"tcp 10.0.0.1 > 10.0.0.2:80 ttl 256", "256"},
		{"tcp 10.0.0.1 > 10.0.0.2:80 ttl -1", "-1"},
		{"tcp 10.0.0.1 > 10.0.0.2:80 ttl", ""},
		{"tcp 10.0.0.1 > 10.0.0.2:80 ttl 1 ttl 1", "ttl 1"},
		{"tcp 10.0.0.1 > 10.0.0.2:80 flow 5", "flow 5"},
		{"udp 10.0.0.1 > 10.0.0.2:80 seq 5", "seq 5"},
		{"udp 10.0.0.1 > 10.0.0.2:80 payload 0x123", "0x123"},
		{"udp 10.0.0.1 > 10.0.0.2:80 payload 0x12g3", "0x12g3"},
		{"udp 10.0.0.1 > 10.0.0.2:80 payload \"open", "\"open"},
		{"udp 10.0.0.1 > 10.0.0.2:80 fragment 9", "9"},
		{"udp 10.0.0.1 > 10.0.0.2:80 smac 2:3", "2:3"},
		{"udp 10.0.0.1 > 10.0.0.2:80 len 9 payload x", "x"},
		{"icmp 10.0.0.1 > 10.0.0.2 type gone", "gone"},
		{"icmp 10.0.0.1 > 10.0.0.2 seq 65536", "65536"},
		{"proto 256 10.0.0.1 > 10.0.0.2", "256"},
		{"proto 89 fd00::1 > fd00::2 badsum", "badsum"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct send_packet p;
		struct send_error err;

		if (!send_parse(bad[i].text, &p, &err))
			fail_msg("%s: was taken", bad[i].text);
		assert_true(err.at + err.n <= strlen(bad[i].text));
		if (strncmp(bad[i].text + err.at, bad[i].at, err.n) || (err.n && !*bad[i].at))
			fail_msg("%s: at %zu, %zu bytes: %s", bad[i].text, err.at, err.n, err.what);
		assert_true(err.what[0]);
	}
}

static uint16_t ones(const uint8_t *b, size_t n, uint32_t s)
{
	for (size_t i = 0; i < n; i++)
		s += i % 2 ? b[i] : b[i] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

/* What a receiver computes over header, pseudo header and data; 0xffff is right. */
static uint16_t received(const struct send_frame *f, uint8_t family, uint8_t proto)
{
	const uint8_t *ip = f->bytes + f->l2;
	size_t head = family == 4 ? 20 : 40, n = f->n - f->l2 - head;
	uint32_t s = proto == 1 ? 0 : proto + n;

	if (proto != 1)
		s = ones(family == 4 ? ip + 12 : ip + 8, family == 4 ? 8 : 32, s);
	return ones(ip + head, n, s);
}

static void sums_are_right(void **state)
{
	static const char *const texts[] = {
		"tcp 10.0.0.1 > 10.0.0.2:80",
		"tcp fd00::1 > [fd00::2]:80 payload abc",
		"udp 10.0.0.1 > 10.0.0.2:80 len 3",
		"udp fd00::1 > [fd00::2]:80",
		"icmp 10.0.0.1 > 10.0.0.2",
		"icmp6 fd00::1 > fd00::2 len 7",
		"ndp fd00::1 > fd00::2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct send_packet p;
		struct send_frame f;
		struct send_key k;
		char bad[96];

		make(texts[i], &p, &f);
		assert_int_equal(received(&f, p.family, p.proto), 0xffff);
		assert_true(send_frame_read(f.bytes, f.n, &k));
		assert_int_equal(send_frame_sum(f.bytes, f.n, &k), SEND_SUM_RIGHT);
		if (p.family == 4)
			assert_int_equal(ones(f.bytes + f.l2, 20, 0), 0xffff);
		snprintf(bad, sizeof(bad), "%s badsum", texts[i]);
		make(bad, &p, &f);
		assert_int_not_equal(received(&f, p.family, p.proto), 0xffff);
		assert_true(send_frame_read(f.bytes, f.n, &k));
		assert_int_equal(send_frame_sum(f.bytes, f.n, &k), SEND_SUM_WRONG);
		if (p.family == 4)
			assert_int_equal(ones(f.bytes + f.l2, 20, 0), 0xffff);
	}
}

/* As a sender leaves it to its device: the pseudo header's sum, not yet inverted. */
static void sums_are_completed(void **state)
{
	static const char *const texts[] = {
		"tcp 10.0.0.1 > 10.0.0.2:80 len 7", "tcp fd00::1 > [fd00::2]:80 payload abc",
		"udp 10.0.0.1 > 10.0.0.2:80 len 3", "udp fd00::1 > [fd00::2]:80"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct send_packet p;
		struct send_frame f, was;
		struct send_key k;
		uint8_t *sum;
		size_t len;
		uint32_t s;

		make(texts[i], &p, &was);
		f = was;
		assert_true(send_frame_read(f.bytes, f.n, &k));
		assert_false(send_frame_complete(f.bytes, f.n, &k));
		len = p.family == 4 ? 4 : 16;
		s = k.proto + (uint32_t)(f.n - k.l4) + ones(k.saddr, len, 0) + ones(k.daddr, len, 0);
		s = (s >> 16) + (s & 0xffff);
		s = (s >> 16) + (s & 0xffff);
		sum = f.bytes + k.l4 + (k.proto == 6 ? 16 : 6);
		sum[0] = s >> 8;
		sum[1] = s;
		assert_true(send_frame_complete(f.bytes, f.n, &k));
		assert_memory_equal(f.bytes, was.bytes, was.n);
		assert_false(send_frame_complete(f.bytes, k.l4, &k));
	}
}

/* Back and forth it is the packet that it was; in between its checksums hold, and a wrong one
 * doesn't. */
static void addresses_become_others(void **state)
{
	static const struct {
		const char *text, *there, *back, *is;
	} rows[] = {
		{"tcp 10.0.0.1:5 > 10.0.0.2:80 payload abc", "10.0.0.2:80=192.0.2.7:8080",
		 "192.0.2.7:8080=10.0.0.2:80", "192.0.2.7"},
		{"udp 10.0.0.1:5 > 10.0.0.2:80 len 3", "10.0.0.2=192.0.2.7",
		 "192.0.2.7=10.0.0.2:80", "192.0.2.7"},
		{"icmp 10.0.0.1 > 10.0.0.2", "10.0.0.2=192.0.2.7", "192.0.2.7=10.0.0.2",
		 "192.0.2.7"},
		{"udp [fd00::1]:5 > [fd00::2]:80", "[fd00::2]:80=[2001:db8::7]:81",
		 "2001:db8::7=[fd00::2]:80", "2001:db8::7"},
		{"icmp6 fd00::1 > fd00::2 len 7", "fd00::2=2001:db8::7", "2001:db8::7=fd00::2",
		 "2001:db8::7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rewrite there, back;
		struct send_frame f, was;
		struct send_packet p;
		struct send_key k;
		char addr[64];

		make(rows[i].text, &p, &was);
		f = was;
		assert_int_equal(rewrite_parse(rows[i].there, &there), 0);
		assert_int_equal(rewrite_parse(rows[i].back, &back), 0);
		assert_true(send_frame_read(f.bytes, f.n, &k));
		rewrite_frame(&there, 1, f.bytes, f.n, &k);
		assert_int_equal(received(&f, p.family, p.proto), 0xffff);
		if (p.family == 4)
			assert_int_equal(ones(f.bytes + f.l2, 20, 0), 0xffff);
		assert_true(send_frame_read(f.bytes, f.n, &k));
		assert_string_equal(packet_addr(k.family, k.daddr, addr, sizeof(addr)), rows[i].is);
		assert_memory_equal(f.bytes + 26, was.bytes + 26, p.family == 4 ? 4 : 0);
		rewrite_frame(&back, 1, f.bytes, f.n, &k);
		assert_memory_equal(f.bytes, was.bytes, was.n);
	}
}

static void rewrites_that_are_none(void **state)
{
	static const char *const words[] = {
		"",
		"10.0.0.1",
		"10.0.0.1=",
		"=10.0.0.1",
		"10.0.0.1=fd00::1",
		"10.0.0.1:0=10.0.0.2:1",
		"10.0.0.1:5=1.1.1.1",
		"10.0.0.1:x=1.1.1.1:1",
		"[fd00::1=fd00::2",
		"[fd00::1]x=fd00::2",
		"10.0.0.1:65536=1.1.1.1:1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct rewrite r;

		assert_int_equal(rewrite_parse(words[i], &r), -EINVAL);
	}
}

/* Bytes that somebody else computed: an SCTP packet's CRC32c, a tagged frame, a fragment. */
static void bytes_are_right(void **state)
{
	static const uint8_t abort[] = {0x00, 0x07, 0x00, 0x09, 0, 0, 0, 4, 0xfe, 0xd5, 0x8b, 0x1f};
	struct send_packet p;
	struct send_frame f;

	(void)state;
	make("udp 10.0.0.1:1 > 10.0.0.2:2 vlan 5 dmac 02:00:00:00:00:02 payload hi tos 4", &p, &f);
	assert_memory_equal(f.bytes, "\x02\0\0\0\0\x02\0\0\0\0\0\0\x81\0\0\x05\x08\0\x45\x04\0\x1e",
			    22);
	assert_memory_equal(f.bytes + f.n - 2, "hi", 2);
	make("udp 10.0.0.1:1 > 10.0.0.2:2 fragment 1480 more ipid 258", &p, &f);
	assert_memory_equal(f.bytes + 14, "\x45\0\0\x1c\x01\x02\x20\xb9\x40\x11", 10);
	make("sctp 10.0.0.1:7 > 10.0.0.2:9 vtag 4 payload 0x06000004", &p, &f);
	assert_memory_equal(f.bytes + 34, abort, sizeof(abort));
	make("arp 10.0.0.1 > 10.0.0.2 smac 02:00:00:00:00:01", &p, &f);
	assert_memory_equal(
		f.bytes + 14,
		"\0\x01\x08\0\x06\x04\0\x01\x02\0\0\0\0\x01\x0a\0\0\x01\0\0\0\0\0\0\x0a\0\0\x02",
		28);
}

static void keys_are_read(void **state)
{
	struct send_packet p;
	struct send_frame f;
	struct send_key k;

	(void)state;
	make("tcp 10.0.0.1:4 > 10.0.0.2:80 seq 100 payload abc flags SA ack 9 ipid 3 vlan 2", &p,
	     &f);
	assert_true(send_frame_read(f.bytes, f.n, &k));
	assert_int_equal(k.family, 4);
	assert_int_equal(k.sport, 4);
	assert_int_equal(k.dport, 80);
	assert_int_equal(k.id, 3);
	assert_int_equal(k.seq_end, 104);
	assert_int_equal(k.ack, 9);
	make("icmp6 fd00::1 > fd00::2 id 5 seq 6 flow 7", &p, &f);
	assert_true(send_frame_read(f.bytes, f.n, &k));
	assert_true(k.has_echo && k.sport == 5 && k.dport == 6 && k.id == 7);
	make("icmp 10.0.0.1 > 10.0.0.2 type timestamp code 1 id 5", &p, &f);
	assert_true(send_frame_read(f.bytes, f.n, &k));
	assert_true(k.has_echo && k.sport == 5 && k.dport == 1 && k.icmp_type == 13);
	assert_int_equal(k.icmp_code, 1);
	assert_int_equal(f.n - k.l4, 20);
	make("icmp 10.0.0.1 > 10.0.0.2 type unreachable len 8", &p, &f);
	assert_true(send_frame_read(f.bytes, f.n, &k));
	assert_true(!k.has_echo && !k.sport && k.icmp_type == 3);
	make("udp fd00::1 > [fd00::2]:5 fragment 16", &p, &f);
	assert_true(send_frame_read(f.bytes, f.n, &k));
	assert_true(k.later_fragment && !k.has_ports && k.proto == 17);
	/* behind options for each host on the way, a route and options for its end */
	make("proto 0 fd00::1 > fd00::2 payload 0x2b00050200000000" /* hop-by-hop */
	     "3c02000100000000fd000000000000000000000000000009"	    /* a route, one to come */
	     "11000104000000000007000900080000",		    /* options, UDP */
	     &p, &f);
	assert_true(send_frame_read(f.bytes, f.n, &k));
	assert_true(k.proto == 17 && k.sport == 7 && k.dport == 9 && k.is_routed);
	assert_int_equal(k.l4, f.n - 8);
	make("proto 0 fd00::1 > fd00::2 payload 0x3a0005", &p, &f);
	assert_true(send_frame_read(f.bytes, f.n, &k));
	assert_true(k.proto == 0 && k.l4 == f.n - 3);
	for (size_t n = 0; n < 54; n++) /* cut off: never read beyond */
		assert_false(send_frame_read(f.bytes, n < 14 + 40 ? n : 20, &k));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_what_it_parses),  cmocka_unit_test(points_at_the_place),
		cmocka_unit_test(sums_are_right),	  cmocka_unit_test(addresses_become_others),
		cmocka_unit_test(rewrites_that_are_none), cmocka_unit_test(bytes_are_right),
		cmocka_unit_test(keys_are_read),	  cmocka_unit_test(sums_are_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
