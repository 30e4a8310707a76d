/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random rulesets against random packets, and the kernel's own counters tell who was right: an end
 * that the walk calls sure is the truth, and the truth is always among the ends it calls possible.
 *     rules RULESETS [SEED]
 * Runs in a network namespace of its own; packets come in by a tun device, so that a written packet
 * has had its fate when write() returns.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firewall/walk.h"
#include "host/ask_ruleset.h"

#define PACKETS 12
#define CHAINS	5
#define TEXT	65536

static unsigned pick(unsigned n)
{
	return (unsigned)random() % n;
}

static char text[TEXT];
static size_t used;

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	used += vsnprintf(text + used, TEXT - used, format, ap);
	va_end(ap);
}

static unsigned addr(void)
{
	return pick(5) + 1;
}

/* Conditions; %a an address's last number, %p a port, %m a mark, %l a link-layer protocol */
static const char *const conditions[] = {
	"ip saddr 10.9.0.%a ",
	"ip saddr != 10.9.0.%a ",
	"ip saddr 10.9.0.0/30 ",
	"ip saddr 10.9.0.%a-10.9.0.9 ",
	"ip saddr { 10.9.0.%a, 10.9.0.%a, 10.9.0.%a } ",
	"ip saddr != { 10.9.0.%a, 10.9.0.%a } ",
	"ip saddr @addresses ",
	"ip saddr @ranges ",
	"ip saddr != @ranges ",
	"ip saddr @passing ",
	"ip saddr @dynamic ",
	"ip daddr 10.8.0.1 ",
	"ip daddr 10.8.0.0/24 ",
	"udp dport %p ",
	"udp dport { %p, %p } ",
	"udp dport %p-2003 ",
	"tcp dport %p ",
	"tcp dport != %p ",
	"th dport %p ",
	"th dport { %p-2002, 2004 } ",
	"th dport < %p ",
	"th dport >= %p ",
	"udp sport %p ",
	"meta l4proto %l ",
	"meta l4proto { tcp, udp } ",
	"ip protocol %l ",
	"meta nfproto ipv4 ",
	"meta nfproto ipv6 ",
	"meta protocol ip ",
	"meta mark %m ",
	"meta mark != %m ",
	"meta mark and 1 == 0 ",
	"meta mark and 2 == 2 ",
	"meta mark or 1 == 3 ",
	"meta mark and 0x3 xor 0x1 == %m ",
	"meta mark { %m, %m } ",
	"ct mark %m ",
	"ct state new ",
	"ct state invalid ",
	"ct state established,related ",
	"ct state { new, untracked } ",
	"ct status dnat ",
	"ct direction original ",
	"iifname \"p0\" ",
	"iifname \"p*\" ",
	"iifname \"q*\" ",
	"iifname != \"p0\" ",
	"iif \"lo\" ",
	"oifname \"x\" ",
	"tcp flags syn ",
	"tcp flags & (syn|ack) == syn ",
	"tcp flags & (fin|syn|rst|ack) != syn ",
	"icmp type echo-request ",
	"icmp type { echo-reply, echo-request } ",
	"ip saddr . udp dport { 10.9.0.%a . %p, 10.9.0.%a . %p, 10.9.0.%a . %p } ",
	"meta l4proto . th dport { udp . %p, tcp . %p, udp . %p } ",
	"ip saddr . ip daddr . meta l4proto { 10.9.0.%a . 10.8.0.1 . %l, 10.9.0.%a . 10.8.0.1 . %l "
	"} ",
	"iifname . ip saddr { \"p0\" . 10.9.0.%a, \"p0\" . 10.9.0.%a, \"q\" . 10.9.0.%a } ",
	"iifname . oifname { \"p0\" . \"x\", \"p0\" . \"\" } ",
	"ip saddr . th dport @pairs ",
	"ip saddr . th dport != @pairs ",
	"ip saddr . meta mark { 10.9.0.%a . %m, 10.9.0.%a . %m } ",
	"ip daddr . meta l4proto . th dport { 10.8.0.1 . udp . %p, 10.8.0.1 . tcp . %p } ",
	"ip ttl 64 ",
	"ip ttl < 64 ",
	"ip length > 40 ",
	"ip dscp 0 ",
	"meta length 28 ",
	"meta length > 40 ",
	"limit rate over 1/second ",
	"limit rate 2/second burst 1 packets ",
	"numgen random mod 2 == 0 ",
	"numgen inc mod 3 != 0 ",
	"fib daddr type local ",
	"fib daddr type != local ",
	"fib daddr type { broadcast, multicast } ",
	"fib saddr . iif oif missing ",
	"meta cpu 0 ",
	"meta pkttype host ",
	"tcp window 0 ",
	"tcp window > 5 ",
	"ip length 28 ",
	"ip length { 28, 40 } ",
	"meta priority 0 ",
	"jhash ip saddr mod 4 == 1 ",
	"ether type ip ",
	"ip frag-off & 0x1fff != 0 ",
	"@th,16,16 %p ",
	"@nh,96,32 & 0xff == %a ",
	"rt classid 0 ",
	"socket transparent 0 ",
	"quota over 100 bytes ",
};

static const char *const effects[] = {
	"meta mark set %m ",
	"meta mark set meta mark or 1 ",
	"meta mark set meta mark and 0xfffffffe ",
	"meta mark set ip saddr map { 10.9.0.%a : %m, 10.9.0.%b : %m } ",
	"meta mark set ct mark ",
	"meta mark set th dport map @marks ",
	"ct mark set meta mark ",
	"ct mark set %m ",
	"ip dscp set 1 ",
	"ip ttl set 7 ",
	"add @dynamic { ip saddr } ",
	"update @dynamic { ip saddr } ",
	"log ",
	"meta mark set numgen random mod 4 ",
	"meta mark set meta mark lshift 1 ",
};

#define N(x) (sizeof(x) / sizeof((x)[0]))

static void fill(const char *pattern)
{
	static const char *const protocols[] = {"udp", "tcp", "icmp"};

	for (; *pattern; pattern++) {
		if (*pattern != '%') {
			put("%c", *pattern);
			continue;
		}
		switch (*++pattern) {
		case 'a':
			put("%u", addr());
			break;
		case 'b':
			put("%u", addr() + 5);
			break;
		case 'p':
			put("%u", 2000 + pick(5));
			break;
		case 'm':
			put("%u", pick(4));
			break;
		default:
			put("%s", protocols[pick(3)]);
		}
	}
}

static void put_verdict(unsigned from)
{
	static const char *const plain[] = {
		"accept", "drop",     "drop",	"return",
		"return", "continue", "reject", "reject with tcp reset"};

	if (from < CHAINS && pick(2))
		put("%s c%u", pick(3) ? "jump" : "goto", from + pick(CHAINS - from));
	else
		put("%s", plain[pick(N(plain) - (pick(8) != 0))]);
}

static void put_map(unsigned from)
{
	switch (pick(4)) {
	case 0:
		put("counter ip saddr vmap { 10.9.0.1 : ");
		put_verdict(from);
		put(", 10.9.0.2-10.9.0.4 : ");
		put_verdict(from);
		break;
	case 1:
		put("counter meta l4proto . th dport vmap { udp . 2000 : ");
		put_verdict(from);
		put(", tcp . 2001 : ");
		put_verdict(from);
		break;
	case 2:
		put("counter meta mark vmap { 0 : ");
		put_verdict(from);
		put(", 1-3 : ");
		put_verdict(from);
		break;
	default:
		put("counter ip daddr . th dport vmap { 10.8.0.0/24 . 2000-2002 : ");
		put_verdict(from);
		put(", 10.8.0.1 . 2004 : ");
		put_verdict(from);
	}
	put(" }");
}

/* Rejects stand alone in maps of no kernel; such rules are refused, and left out. */
static void put_rule(unsigned from)
{
	for (unsigned n = pick(4); n; n--)
		fill(conditions[pick(N(conditions))]);
	if (!pick(4))
		fill(effects[pick(N(effects))]);
	if (!pick(6)) {
		put_map(from);
		return;
	}
	put("counter ");
	if (pick(4))
		put_verdict(from);
}

static struct nft_ctx *nft;

static bool run(const char *cmd)
{
	return !nft_run_cmd_from_buffer(nft, cmd);
}

static const char *const sets[] = {
	"add set ip t addresses { type ipv4_addr; elements = { 10.9.0.1, 10.9.0.3 } }",
	"add set ip t ranges { type ipv4_addr; flags interval; elements = { 10.9.0.2-10.9.0.3, "
	"10.9.0.5 } }",
	"add set ip t passing { type ipv4_addr; flags timeout; elements = { 10.9.0.2 timeout 1h, "
	"10.9.0.4 } }",
	"add set ip t dynamic { type ipv4_addr; flags dynamic,timeout; timeout 1m; size 4; }",
	"add set ip t pairs { type ipv4_addr . inet_service; flags interval; elements = { "
	"10.9.0.0/30 . 2000-2001, 10.9.0.5 . 2003 } }",
	"add map ip t marks { type inet_service : mark; elements = { 2000 : 1, 2001 : 2, 2002 : 3 "
	"} "
	"}",
};

static const char *hook_name;
static unsigned n_bases;

static void put_chains(void)
{
	n_bases = 1 + pick(3);
	for (unsigned i = 0; i <= CHAINS; i++) {
		used = 0;
		put("add chain ip t c%u", i);
		run(text);
	}
	for (unsigned i = 0; i < n_bases; i++) {
		used = 0;
		put("add chain ip t b%u { type filter hook %s priority %d; policy %s; }", i,
		    hook_name, (int)pick(3) - 1, pick(3) ? "accept" : "drop");
		run(text);
	}
	used = 0;
	put("add chain ip t last { type filter hook %s priority 2000; }", hook_name);
	run(text);
	run("add rule ip t last counter accept");
	used = 0;
	put("add chain ip t first { type filter hook %s priority -2000; }", hook_name);
	run(text);
	run("add rule ip t first counter accept");
}

static void put_ruleset(void)
{
	run("flush ruleset");
	run("add table ip t");
	for (size_t i = 0; i < N(sets); i++)
		run(sets[i]);
	put_chains();
	for (unsigned c = 0; c <= CHAINS; c++)
		for (unsigned n = 1 + pick(3); n; n--) {
			used = 0;
			put("add rule ip t c%u ", c);
			put_rule(c + 1);
			run(text);
		}
	for (unsigned b = 0; b < n_bases; b++) {
		for (unsigned n = 2 + pick(6); n; n--) {
			used = 0;
			put("add rule ip t b%u ", b);
			put_rule(0);
			run(text);
		}
	}
}

static uint16_t sum(const void *p, size_t n, uint32_t s)
{
	const uint8_t *b = p;

	for (size_t i = 0; i + 1 < n; i += 2)
		s += b[i] << 8 | b[i + 1];
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

static size_t make_packet(uint8_t *b, struct wb_packet *p)
{
	static const uint8_t protocols[] = {17, 17, 6, 1};
	static const uint8_t flags[] = {2, 0x12, 0x10, 4, 1};
	size_t n = 28;
	uint16_t s;

	*p = (struct wb_packet){.family = 4, .ethertype = 0x0800, .segments = 1, .ttl = 64};
	memset(b, 0, 64);
	p->proto = protocols[pick(4)];
	p->sport = 1000 + pick(4);
	p->dport = 2000 + pick(5);
	p->ip_id = pick(65536);
	memcpy(p->saddr, (uint8_t[]){10, 9, 0, addr()}, 4);
	memcpy(p->daddr, (uint8_t[]){10, 8, 0, 1}, 4);
	b[20] = p->sport >> 8;
	b[21] = p->sport;
	b[22] = p->dport >> 8;
	b[23] = p->dport;
	if (p->proto == 6) {
		n = 40;
		b[32] = 0x50;
		b[33] = p->tcp_flags = flags[pick(5)];
	} else if (p->proto == 17) {
		b[25] = 8;
	} else {
		p->sport = p->dport = 0;
		memset(b + 20, 0, 8);
		b[20] = p->icmp_type = pick(2) ? 8 : 0;
		s = sum(b + 20, 8, 0);
		b[22] = s >> 8;
		b[23] = s;
	}
	if (p->proto == 6) {
		uint32_t pseudo = (10 << 8 | 9) + p->saddr[3] + (10 << 8 | 8) + 1 + 6 + 20;

		s = sum(b + 20, 20, pseudo);
		b[36] = s >> 8;
		b[37] = s;
	}
	b[0] = 0x45;
	b[3] = p->ip_len = n;
	b[4] = p->ip_id >> 8;
	b[5] = p->ip_id;
	b[8] = 64;
	b[9] = p->proto;
	memcpy(b + 12, p->saddr, 4);
	memcpy(b + 16, p->daddr, 4);
	s = sum(b, 20, 0);
	b[10] = s >> 8;
	b[11] = s;
	return n;
}

static struct firewall *look(void)
{
	struct firewall *f;
	json_t *answer, *none = json_object();
	int e = host_ask_ruleset(NULL, &answer);

	if (e) {
		fprintf(stderr, "ruleset: %s\n", strerror(-e));
		exit(1);
	}
	firewall_new(answer, none, &f);
	f->legacy_read[0] = f->legacy_read[1] = true;
	json_decref(answer);
	json_decref(none);
	if (!f->nft_read) {
		fprintf(stderr, "not all was read: %s\n", f->unread);
		exit(1);
	}
	return f;
}

static const struct fw_chain *chain(const struct firewall *f, const char *name)
{
	return firewall_chain(f, false, NFPROTO_IPV4, "t", name);
}

/* Did the rule's counter move? */
static bool moved(const struct firewall *before, const struct firewall *after,
		  const struct fw_chain *c, const struct fw_rule *r)
{
	const struct fw_chain *x = chain(before, c->name), *y = chain(after, c->name);

	return firewall_rule(y, r->handle)->packets != firewall_rule(x, r->handle)->packets;
}

static uint64_t passed(const struct firewall *f, const char *name)
{
	return chain(f, name)->rules[0].packets;
}

static const struct fw_expr *last_of(const struct fw_rule *r)
{
	return r->n_exprs ? &r->exprs[r->n_exprs - 1] : NULL;
}

static bool kills(const struct fw_rule *r)
{
	const struct fw_expr *e = last_of(r);

	return e && ((e->op == FW_VERDICT && e->verdict.code == FW_DROP) || e->op == FW_REJECT);
}

static bool is_map(const struct fw_rule *r)
{
	const struct fw_expr *e = last_of(r);

	return e && e->op == FW_LOOKUP && e->how == 1;
}

static unsigned faults, certain, open_ones, n_killed, n_passed;

__attribute__((format(printf, 2, 3))) static void fault(const struct fw_chain *c,
							const char *format, ...)
{
	va_list ap;

	faults++;
	printf("# chain %s: ", c ? c->name : "-");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
}

/* The rule that the counters say killed it; NULL: a map or a policy did. */
static const struct fw_rule *truth(const struct firewall *before, const struct firewall *after,
				   const struct fw_chain **ret)
{
	for (size_t i = 0; i < before->n_chains; i++)
		for (size_t k = 0; k < before->chains[i].n_rules; k++) {
			const struct fw_rule *r = &before->chains[i].rules[k];

			if (kills(r) && moved(before, after, &before->chains[i], r)) {
				*ret = &before->chains[i];
				return r;
			}
		}
	return NULL;
}

static void judge_kill(const struct firewall *before, const struct firewall *after,
		       const struct fw_result *r)
{
	const struct fw_chain *c = NULL;
	const struct fw_rule *by = truth(before, after, &c);
	size_t n = 0, among = 0;
	bool sure = false;

	n_killed++;
	if (r->passes == YES)
		fault(c, "said to pass for certain, and was killed");
	for (size_t i = 0; i < r->n_ends; i++) {
		const struct fw_end *e = &r->ends[i];
		bool fits = by ? e->rule == by : !e->rule || is_map(e->rule);

		if (!fw_end_kills(e))
			continue;
		n++;
		among += fits;
		sure |= e->sure;
		if (e->sure && !fits)
			fault(e->chain, "rule %d said for certain, it was %d",
			      e->rule ? (int)e->rule->handle : 0, by ? (int)by->handle : 0);
	}
	if (!among)
		fault(c, "rule %d killed it, which is not among %zu", by ? (int)by->handle : 0, n);
	certain += sure || n == 1;
	open_ones += !sure && n > 1;
}

static void judge_pass(const struct fw_result *r)
{
	n_passed++;
	if (r->passes == NO)
		fault(NULL, "said to die, and passed");
	for (size_t i = 0; i < r->n_ends; i++)
		if (fw_end_kills(&r->ends[i]) && r->ends[i].sure)
			fault(r->ends[i].chain, "rule %d said for certain, and it passed",
			      r->ends[i].rule ? (int)r->ends[i].rule->handle : 0);
	certain += r->passes == YES;
	open_ones += r->passes != YES;
}

/* A rule that surely accepted, or that accepted at all, counted. */
static void judge_accepts(const struct firewall *before, const struct firewall *after,
			  const struct fw_result *r)
{
	for (size_t i = 0; i < r->n_ends; i++) {
		const struct fw_end *e = &r->ends[i];

		if (e->kind == FW_END_ACCEPT && e->sure && e->rule &&
		    !moved(before, after, e->chain, e->rule))
			fault(e->chain, "rule %d accepts for certain, and did not",
			      (int)e->rule->handle);
	}
	for (size_t i = 0; i < before->n_chains; i++)
		for (size_t k = 0; k < before->chains[i].n_rules; k++) {
			const struct fw_rule *rule = &before->chains[i].rules[k];
			const struct fw_expr *last = last_of(rule);
			bool told = false;

			if (!last || last->op != FW_VERDICT || last->verdict.code != FW_ACCEPT ||
			    !moved(before, after, &before->chains[i], rule))
				continue;
			for (size_t n = 0; n < r->n_ends; n++)
				told |= r->ends[n].rule == rule;
			if (!told)
				fault(&before->chains[i], "rule %d accepted, and is not among",
				      (int)rule->handle);
		}
}

static void show(const struct fw_result *r)
{
	static const char *const kinds[] = {"accept", "drop",  "reject", "queue",
					    "stolen", "proxy", "nat",	 "unknown"};

	for (size_t i = 0; i < r->n_ends; i++)
		printf("#   %s %s handle %d%s\n", kinds[r->ends[i].kind], r->ends[i].chain->name,
		       r->ends[i].rule ? (int)r->ends[i].rule->handle : 0,
		       r->ends[i].sure ? " sure" : "");
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_HANDLE);
	run("list ruleset");
	printf("%s\n", nft_ctx_get_output_buffer(nft));
}

static int tun;
static uint32_t tun_index;

static void one_packet(void)
{
	struct firewall *before = look(), *after;
	struct fw_result r;
	struct wb_packet p;
	uint8_t bytes[64];
	size_t n = make_packet(bytes, &p);
	bool forward = !strcmp(hook_name, "forward");
	unsigned had = faults;
	struct fw_subject of = {
		.packet = &p,
		.pf = NFPROTO_IPV4,
		.hook = !strcmp(hook_name, "prerouting") ? NF_INET_PRE_ROUTING
			: forward			 ? NF_INET_FORWARD
							 : NF_INET_LOCAL_IN,
		.in = {.known = pick(4),
		       .name = "p0",
		       .ifindex = tun_index,
		       .other = pick(4) ? NULL : "px"},
		.out = {.known = !forward && pick(4), .name = ""},
		.mark_known = pick(4) ? UINT32_MAX : 0,
		.exact = pick(2),
		.len = pick(4) ? n : 0,
		/* this namespace has the address where it takes the packet in */
		.daddr_types = !strcmp(hook_name, "input") && pick(4) ? 1 << RTN_LOCAL : 0,
		.varies = pick(4) ? 0 : pick(16),
	};

	fw_walk(before, &of, &r);
	if (write(tun, bytes, n) != (ssize_t)n)
		fault(NULL, "the packet was not taken: %s", strerror(errno));
	after = look();
	if (passed(after, "first") == passed(before, "first"))
		fault(NULL, "it never came to the hook");
	else if (passed(after, "last") == passed(before, "last"))
		judge_kill(before, after, &r);
	else
		judge_pass(&r);
	judge_accepts(before, after, &r);
	if (faults != had) {
		printf("# %s proto %u 10.9.0.%u:%u > :%u varies %u in %d mark %d\n", hook_name,
		       p.proto, p.saddr[3], p.sport, p.dport, of.varies, of.in.known,
		       of.mark_known);
		show(&r);
	}
	fw_result_free(&r);
	firewall_free(before);
	firewall_free(after);
}

static void setup(void)
{
	struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	if (unshare(CLONE_NEWNET)) {
		perror("unshare");
		exit(1);
	}
	strcpy(r.ifr_name, "p0");
	tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &r)) {
		printf("1..0 # SKIP no tun device: %s\n", strerror(errno));
		exit(0);
	}
	if (system("ip link set lo up && ip addr add 10.9.0.254/24 dev p0 && ip link set p0 up &&"
		   "ip addr add 10.8.0.1/24 dev lo &&"
		   "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.p0.rp_filter=0"))
		exit(1);
	ioctl(tun, TUNGETIFF, &r);
	tun_index = if_nametoindex("p0");
	nft = nft_ctx_new(NFT_CTX_DEFAULT);
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
}

int main(int argc, char **argv)
{
	static const char *const hooks[] = {"prerouting", "input"};
	unsigned n = argc > 1 ? atoi(argv[1]) : 300, seed = argc > 2 ? atoi(argv[2]) : 1;

	setup();
	for (unsigned i = 0; i < n && faults < 5; i++) {
		srandom(seed + i);
		hook_name = hooks[pick(2)];
		put_ruleset();
		for (unsigned k = 0; k < PACKETS; k++)
			one_packet();
		if (faults)
			printf("# seed %u\n", seed + i);
	}
	printf("# %u killed, %u passed; %u told for certain, %u left open\n", n_killed, n_passed,
	       certain, open_ones);
	printf("%s 1 - %u rulesets: what is said for certain is true, and the truth is possible\n",
	       faults ? "not ok" : "ok", n);
	printf("1..1\n");
	nft_ctx_free(nft);
	return faults != 0;
}
