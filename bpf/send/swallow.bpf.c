/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keeps a made packet, and what the kernel does because of it, on this machine: programs at
 * the egress of devices and at LOCAL_IN. Everybody else's packets pass. An object of its own: only
 * `waybill send` loads it.
 *
 * What happens inside the call that puts the packet in is caused by it, whatever it looks like: the
 * kernel runs it with softirqs off, on the stack of the process that called. What happens later
 * (in a queue, on another CPU) is known by its headers, or by the connection that conntrack sees.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "waybill/send.h"

#define V6_FRAGMENT 44
#define ICMP	    1
#define ICMP6	    58
#define NDP_ASKS    135
#define ARP_ASKS    1
#define ARP_REPLIES 2
#define TCP	    6
#define UDP	    17
#define SCTP	    132
#define RST	    4

#define PASS_TC	    -1 /* TCX_NEXT, TC_ACT_UNSPEC */
#define SHOT_TC	    2
#define NF_DROP	    0
#define NF_ACCEPT   1
#define XDP_PASS    2
#define STACK_BYTES 32768
#define THREAD_SIZE 16384
#define USER_DS	    0x2b
#define SYS_BPF	    321
#define SYS_SENDTO  44
#define CT_INFO	    7UL
#define CT_REPLY    3 /* IP_CT_IS_REPLY: from here on towards who began */

#define bpf_ntohs(x) __builtin_bswap16(x)

struct wb_made made;
__u64 passing; /* what is for a socket and has been seen at LOCAL_IN, and what was seen */
struct wb_swallowed passed;
__u32 sender; /* the process that puts packets in, as no namespace of pids changes it */
/* By CPU, so that nobody has to wait; before 5.12 no add returns what was there. */
struct wb_swallow_log swallowed[WB_SWALLOW_LOGS];

/* A packet's headers, and what was found in them. */
struct look {
	__u64 address; /* see address_of() */
	struct sk_buff *skb;
	__u8 hdr[64];
	__u8 l4[64];
	__u32 id;
	__u16 eth;
	__u8 proto;
	__u8 what;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct look);
} looks SEC(".maps");

static __always_inline struct look *look(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&looks, &zero);
}

/* The verifier does not let a context or a stack be compared or read: through the map it does. */
static __always_inline __u64 address_of(struct look *l, const void *p)
{
	*(volatile __u64 *)&l->address = (__u64)p;
	return *(volatile __u64 *)&l->address;
}

/* Nobody is left behind who swallows: it ends by itself if waybill could not end it. */
static __always_inline bool is_armed(void)
{
	return made.armed && bpf_ktime_get_ns() < made.until_ns;
}

/*
 * Inside the system call that puts the packet in? Softirqs have a stack of their own, or run on
 * top of what came from user mode, where no number of a system call stands.
 */
static __always_inline bool inside_call(struct look *l)
{
	struct task_struct *task;
	const struct pt_regs *regs;
	const void *stack;
	__u64 here = 0;
	__u64 call;

	task = (void *)bpf_get_current_task();
	if ((__u32)BPF_CORE_READ(task, tgid) != sender)
		return false;
	stack = BPF_CORE_READ(task, stack);
	here = address_of(l, &here);
	if (here - (__u64)stack >= STACK_BYTES)
		return false;
	regs = stack + THREAD_SIZE - bpf_core_type_size(struct pt_regs);
	if (!bpf_core_field_exists(regs->orig_ax))
		return true;
	if ((__u16)BPF_CORE_READ(regs, ss) != USER_DS)
		regs = (void *)regs - 16; /* FRED */
	call = BPF_CORE_READ(regs, orig_ax);
	return call == SYS_BPF || call == SYS_SENDTO;
}

static __always_inline bool same(const __u8 *a, const __u8 *b)
{
	const __u32 *x = (const void *)a, *y = (const void *)b;

	if (made.family == 4)
		return x[0] == y[0];
	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

static __always_inline void read_headers(struct look *l)
{
	struct sk_buff *skb = l->skb;
	const __u8 *net = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	__u32 head = 40;

	l->eth = bpf_ntohs(BPF_CORE_READ(skb, protocol));
	l->id = 0;
	l->proto = 0;
	bpf_probe_read_kernel(l->hdr, sizeof(l->hdr), net);
	if (l->eth == ETH_P_IP) {
		head = (l->hdr[0] & 15) * 4;
		l->id = l->hdr[4] << 8 | l->hdr[5];
		l->proto = l->hdr[9];
	} else if (l->eth == ETH_P_IPV6) {
		l->id = (l->hdr[1] & 15) << 16 | l->hdr[2] << 8 | l->hdr[3];
		l->proto = l->hdr[6];
		if (l->proto == V6_FRAGMENT) {
			head = 48;
			l->proto = l->hdr[40];
		}
	}
	bpf_probe_read_kernel(l->l4, sizeof(l->l4), net + head);
}

static __always_inline const __u8 *source(const struct look *l)
{
	return l->hdr + (made.family == 4 ? 12 : 8);
}

static __always_inline const __u8 *target(const struct look *l)
{
	return l->hdr + (made.family == 4 ? 16 : 24);
}

static __always_inline bool is_family(const struct look *l)
{
	return l->eth == (made.family == 4 ? ETH_P_IP : ETH_P_IPV6);
}

/* As it was put in, whatever became of its TTL and its route. */
static __always_inline bool is_made(const struct look *l)
{
	return l->proto == made.proto && l->id == made.id && same(source(l), made.saddr) &&
	       same(target(l), made.daddr);
}

/* Of the connection that the made packet's addresses name, where NAT has changed them? */
static __always_inline bool is_connection(const struct look *l, __u32 *info, __u16 *zone)
{
	struct sk_buff *skb = l->skb;
	unsigned long nfct = BPF_CORE_READ(skb, _nfct);
	struct nf_conn *ct = (void *)(nfct & ~CT_INFO);
	struct nf_conntrack_tuple_hash *first;
	struct nf_conntrack_tuple *t;
	__u32 from[4], to[4];
	__u16 sport, dport;

	if (!ct || !bpf_core_field_exists(ct->tuplehash))
		return false;
	first = ct->tuplehash;
	t = &first->tuple;
	*info = nfct & CT_INFO;
	*zone = BPF_CORE_READ(ct, zone.id);
	BPF_CORE_READ_INTO(&from, t, src.u3);
	BPF_CORE_READ_INTO(&to, t, dst.u3);
	sport = BPF_CORE_READ(t, src.u.all);
	dport = BPF_CORE_READ(t, dst.u.all);
	if (BPF_CORE_READ(t, dst.protonum) != made.proto || !same((void *)from, made.saddr) ||
	    !same((void *)to, made.daddr))
		return false;
	/* of an echo the second is no sequence number there */
	return !made.has_ports || made.proto == ICMP || made.proto == ICMP6
		       ? !made.has_ports || sport == (__u16)made.ports
		       : (sport | (__u32)dport << 16) == made.ports;
}

/* An error about it: its header lies inside. */
static __always_inline bool is_error(const struct look *l)
{
	__u8 type = l->l4[0];

	if (made.family == 4 && l->proto == ICMP &&
	    (type == 3 || type == 4 || type == 5 || type == 11 || type == 12))
		return (l->l4[12] << 8 | l->l4[13]) == made.id && l->l4[17] == made.proto;
	if (made.family == 6 && l->proto == ICMP6 && type >= 1 && type <= 4)
		return ((l->l4[9] & 15) << 16 | l->l4[10] << 8 | l->l4[11]) == made.id;
	return false;
}

/* What comes back for it, and for nothing else of that connection. */
static __always_inline bool answers(const struct look *l)
{
	__u32 seq = *(const __u32 *)(l->l4 + 4), ack = *(const __u32 *)(l->l4 + 8);

	if (l->proto != made.proto)
		return false;
	if (made.proto == ICMP || made.proto == ICMP6)
		return *(const __u32 *)(l->l4 + 4) == made.ports ||
		       *(const __u16 *)(l->l4 + 6) == (__u16)(made.ports >> 16);
	if (!made.has_tcp)
		return true;
	return ack == made.seq_end || (l->l4[13] & RST && seq == made.ack);
}

static __always_inline bool goes_back(const struct look *l)
{
	__u32 ports = *(const __u32 *)l->l4;

	if (!same(source(l), made.daddr) || !same(target(l), made.saddr))
		return false;
	return !made.has_ports || made.proto == ICMP || made.proto == ICMP6 ||
	       ports == (made.ports >> 16 | made.ports << 16);
}

static __always_inline bool asks(const struct look *l)
{
	return (l->eth == ETH_P_ARP && l->hdr[7] == ARP_ASKS) ||
	       (l->eth == ETH_P_IPV6 && l->proto == ICMP6 && l->l4[0] == NDP_ASKS);
}

/* The made packet was a question for a neighbour, and this host has the address. */
static __always_inline bool is_arp_reply(const struct look *l)
{
	return l->eth == ETH_P_ARP && l->hdr[7] == ARP_REPLIES;
}

/* Is it the made packet, or something because of it? what says which. */
static __always_inline bool is_ours(struct look *l, struct wb_swallowed *s)
{
	bool inside = inside_call(l), connection;
	__u32 info = 0;

	read_headers(l);
	l->what = WB_SWALLOW_OTHER;
	if (made.family && is_family(l)) {
		connection = is_connection(l, &info, &s->zone);
		s->has_ct = connection;
		if (is_made(l) || (connection && info < CT_REPLY && info != 1 && l->id == made.id))
			l->what = WB_SWALLOW_MADE;
		else if (is_error(l) || ((goes_back(l) || (connection && info >= CT_REPLY)) &&
					 answers(l)))
			l->what = WB_SWALLOW_ANSWER;
	}
	if (inside && l->what == WB_SWALLOW_OTHER && asks(l))
		l->what = WB_SWALLOW_ASKS;
	else if (inside && l->what == WB_SWALLOW_OTHER && is_arp_reply(l))
		l->what = WB_SWALLOW_ANSWER;
	return inside || l->what != WB_SWALLOW_OTHER;
}

static __always_inline void tell(const struct look *l, struct wb_swallowed *s, __u8 where)
{
	struct wb_swallow_log *log =
		&swallowed[bpf_get_smp_processor_id() & (WB_SWALLOW_LOGS - 1)];
	__u32 n = log->n;
	struct sk_buff *skb = l->skb;
	struct net_device *dev = BPF_CORE_READ(skb, dev);

	s->ts_ns = bpf_ktime_get_ns();
	s->where = where;
	s->what = l->what;
	s->ifindex = BPF_CORE_READ(dev, ifindex);
	s->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	s->proto = l->proto;
	s->family = l->eth == ETH_P_IPV6 ? 6 : 4;
	if (l->proto == ICMP || l->proto == ICMP6) {
		s->icmp_type = l->l4[0];
		s->icmp_code = l->l4[1];
	}
	if (l->what == WB_SWALLOW_ASKS && l->eth == ETH_P_ARP)
		__builtin_memcpy(s->target, l->hdr + 24, 4);
	else if (l->what == WB_SWALLOW_ASKS)
		__builtin_memcpy(s->target, l->l4 + 8, 16);
	if (n < WB_SWALLOWED_MAX)
		log->rows[n] = *s;
	log->n = n + 1;
}

/*
 * True: it is swallowed, and told. What is for a socket is known there by having been here, because
 * its connection is no longer to be seen then.
 */
static __always_inline bool swallows(void *skb, __u8 where)
{
	struct wb_swallowed s = {};
	struct look *l = look();
	__u64 address;

	if (!is_armed() || !l)
		return false;
	address = address_of(l, skb);
	if (where == WB_SWALLOW_SOCKET && (!made.to_socket || passing != address))
		return false;
	l->skb = (void *)address;
	if (!is_ours(l, &s) && where != WB_SWALLOW_SOCKET)
		return false;
	if (where == WB_SWALLOW_LOCAL_IN && made.to_socket && l->proto == TCP) {
		passing = address;
		passed = s;
		return false;
	}
	if (where == WB_SWALLOW_SOCKET)
		s = passed;
	tell(l, &s, where);
	return true;
}

SEC("?tc")
int swallow_egress(struct __sk_buff *ctx)
{
	return swallows(ctx, WB_SWALLOW_EGRESS) ? SHOT_TC : PASS_TC;
}

SEC("?netfilter")
int swallow_local_in(struct bpf_nf_ctx *ctx)
{
	return swallows(ctx->skb, WB_SWALLOW_LOCAL_IN) ? NF_DROP : NF_ACCEPT;
}

/* The condition of a rule that drops, where there are no netfilter links. */
SEC("?socket")
int swallow_by_rule(struct __sk_buff *ctx)
{
	return swallows(ctx, WB_SWALLOW_LOCAL_IN);
}

SEC("?cgroup_skb/ingress")
int swallow_socket(struct __sk_buff *ctx)
{
	return !swallows(ctx, WB_SWALLOW_SOCKET);
}

/* Run once by who will put packets in. */
SEC("?xdp")
int send_who(struct xdp_md *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	sender = BPF_CORE_READ(task, tgid);
	return XDP_PASS;
}

/* Through which the frame is put in. */
SEC("?xdp")
int send_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
