/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutated expressions through the filter compiler, for a number of seconds (default 10): no crash
 * (build it with ASan and UBSan), and what comes out fits, stays inside itself and ends.
 */
#include <stdio.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "filter/filter.h"
#include "waybill/filter.h"

static const char *const words[] = {
	"tcp",
	"udp",
	"icmp",
	"ip",
	"ip6",
	"arp",
	"ether",
	"vlan",
	"vlan 5",
	"host",
	"net",
	"port",
	"portrange",
	"src",
	"dst",
	"and",
	"or",
	"not",
	"(",
	")",
	"10.0.0.1",
	"10.0.0.0/8",
	"fd01::1",
	"80",
	"1-1024",
	"ip[0]",
	"tcp[tcpflags]",
	"ip6[6]",
	"[",
	"]",
	":2",
	"&",
	"|",
	"=",
	"!=",
	">",
	"<",
	"<<",
	">>",
	"/",
	"*",
	"%",
	"+",
	"-",
	"0xffffffff",
	"65536",
	"-1",
	"0",
	"len",
	"greater",
	"less",
	"protochain",
	"proto",
	"6",
	"broadcast",
	"multicast",
	"mpls",
	"pppoes",
	"gateway",
	"inbound",
	"1:2:3:4:5:6",
	"\\tcp",
	"&&",
	"!",
	"tcp[ip[0]]",
	"ip[ip[ip[0]]]",
	"udp[8:4]",
	"icmp6[icmp6type]",
	"geneve",
	"vxlan",
	"llc",
	"iso",
	"\"",
	"\t",
	"\xff",
};

static void die(const char *expr, const char *what)
{
	fprintf(stderr, "'%s': %s\n", expr, what);
	abort();
}

static void inspect(const char *expr, const struct filter_code *c)
{
	if (c->n > WB_FILTER_ROOM)
		die(expr, "too long");
	for (size_t i = 0; i < c->n; i++) {
		uint8_t class = c->insns[i].code & 7;
		long to = (long)i + 1 + c->insns[i].off;

		if ((class == BPF_JMP || class == BPF_JMP32) && (to <= (long)i || to > (long)c->n))
			die(expr, "jumps backwards or away");
		if (class == BPF_JMP && (c->insns[i].code & 0xf0) == BPF_CALL)
			die(expr, "calls");
	}
}

static void one(const char *expr)
{
	uint8_t packet[128];
	char err[256] = "";
	struct filter f;
	int r = filter_compile(expr, &f, err, sizeof(err));

	if (r && !err[0])
		die(expr, "refused without a word");
	if (r)
		return;
	if (f.window > WB_WINDOW_MAX || (!f.all && f.l2.never && f.l3.never))
		die(expr, "nonsense");
	inspect(expr, &f.l2);
	inspect(expr, &f.l3);
	for (size_t i = 0; i < sizeof(packet); i++)
		packet[i] = rand();
	filter_match(&f, true, packet, rand() % sizeof(packet), sizeof(packet));
	filter_match(&f, false, packet, rand() % sizeof(packet), sizeof(packet));
	filter_clear(&f);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	unsigned long n = 0;

	/* libpcap looks host names up: here they must find nobody to ask */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) && unshare(CLONE_NEWNET)) {
		perror("a network namespace of its own");
		return 1;
	}
	srand(argc > 2 ? atoi(argv[2]) : 1);
	while (time(NULL) < end) {
		char s[400] = "";

		for (int i = rand() % 9; i >= 0; i--) {
			strcat(s, words[rand() % (sizeof(words) / sizeof(*words))]);
			strcat(s, rand() % 8 ? " " : "");
		}
		if (s[0] && !(rand() % 4))
			s[rand() % strlen(s)] = 1 + rand() % 255;
		one(s);
		n++;
	}
	printf("ok - %lu expressions\n", n);
	return 0;
}
