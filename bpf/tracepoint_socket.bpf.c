/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of sockets, TCP, UDP and ICMP. What functions tell of sockets is in verdict.bpf.c. */
#include "event.bpf.h"
#include "send_fail.bpf.h"
#include <bpf/bpf_tracing.h>

#define TCP_CLOSE  7
#define TCP_LISTEN 10

static __always_inline int sock_step(struct sk_buff *skb, struct sock *sk, __u16 probe, __s32 value)
{
	struct wb_sock_body body = {.value = value};
	struct hit h;

	if (!see(&h, skb, STAGE_SOCK, SEE_NO_DEV, true))
		return 0;
	fill_sock(&body, sk, true);
	emit(&h, WB_KIND_SOCK, probe, 0, &body, sizeof(body));
	unsee(&h);
	return 0;
}

SEC("?tp_btf/sock_rcvqueue_full")
int BPF_PROG(tp_sock_rcvqueue_full, struct sock *sk, struct sk_buff *skb)
{
	return sock_step(skb, sk, WB_PROBE_TP_sock_rcvqueue_full, 0);
}

/* 6.10 and later hand out the packet, too. */
SEC("?tp_btf/udp_fail_queue_rcv_skb")
int BPF_PROG(tp_udp_fail_queue_rcv_skb__3, int rc, struct sock *sk, struct sk_buff *skb)
{
	return sock_step(skb, sk, WB_PROBE_TP_udp_fail_queue_rcv_skb, rc);
}

/* The packet that tcp_probe showed for this socket just now on this CPU. */
static __always_inline bool see_probed(struct hit *h, const struct sock *sk)
{
	struct cpu_ctx *c = live ? cpu_ctx() : NULL;
	__u64 now;

	if (!c || c->tcp_sk != (__u64)sk)
		return false;
	c->tcp_sk = 0;
	now = bpf_ktime_get_ns();
	return now - c->tcp_ts <= IN_RUN_NS &&
	       see_none_at(h, c, now, c->tcp_id, c->tcp_skb, c->tcp_netns, c->tcp_ifindex);
}

/* The packet that this CPU works on, if its destination port is the socket's. */
static __always_inline bool see_received(struct hit *h, const struct sock *sk, const void *ctx)
{
	if (!see_current(h, ctx))
		return false;
	if (bpf_htons(h->cpu->cur_ports >> 16) == sk->__sk_common.skc_num)
		return true;
	unsee(h);
	return false;
}

/*
 * A socket tells its readers that there is data. UDP queues and frees without any tracepoint that
 * has the packet, TCP without one that says so.
 */
SEC("?tp_btf/sk_data_ready")
int BPF_PROG(tp_sk_data_ready, const struct sock *sk)
{
	struct wb_sock_body body = {};
	__u64 key = (__u64)sk;
	__u32 one = 1;
	struct hit h;

	if (!see_probed(&h, sk) && !see_received(&h, sk, ctx))
		return 0;
	fill_sock(&body, (struct sock *)sk, true);
	if (body.proto != IPPROTO_TCP && body.proto != IPPROTO_UDP)
		goto out;
	if (body.proto == IPPROTO_TCP && body.state != TCP_LISTEN)
		body.value = first_byte((struct sock *)sk);
	/* an update costs many look-ups, and each socket needs one */
	if (body.proto == IPPROTO_UDP && !bpf_map_lookup_elem(&socks, &key)) {
		bpf_map_update_elem(&socks, &key, &one, BPF_ANY);
		queued = true;
	}
	emit(&h, WB_KIND_SOCK, WB_PROBE_TP_sk_data_ready, 0, &body, sizeof(body));
out:
	unsee(&h);
	return 0;
}

/* A process read from such a socket; which of the queued packets it got, user space knows by order.
 */
SEC("?tp_btf/sock_recv_length")
int BPF_PROG(tp_sock_recv_length, struct sock *sk, int ret, int flags)
{
	struct wb_sock_body body = {.value = ret};
	__u64 key = (__u64)sk;
	struct cpu_ctx *c;
	struct hit h;

	if (!queued || ret < 0 || flags & 2 /* MSG_PEEK */ || !bpf_map_lookup_elem(&socks, &key))
		return 0;
	c = cpu_ctx();
	if (!c)
		return 0;
	if (!see_none(&h, c, 0, 0, net_inum(BPF_CORE_READ(sk, __sk_common.skc_net.net), false), 0))
		return 0;
	fill_sock(&body, sk, true);
	emit(&h, WB_KIND_SOCK, WB_PROBE_TP_sock_recv_length, WB_EV_TASK, &body, sizeof(body));
	unsee(&h);
	return 0;
}

static __always_inline void note_probed(const struct hit *h, const struct sock *sk)
{
	struct cpu_ctx *c = h->cpu;

	c->tcp_sk = (__u64)sk;
	c->tcp_id = h->id;
	c->tcp_skb = h->v.skb;
	c->tcp_ts = h->ts_ns;
	c->tcp_netns = h->netns;
	c->tcp_ifindex = h->ifindex;
}

/* An established connection received it. */
SEC("?tp_btf/tcp_probe")
int BPF_PROG(tp_tcp_probe, struct sock *sk, struct sk_buff *skb)
{
	struct wb_sock_body body = {};
	struct hit h;

	h.cpu = NULL;
	if (!see(&h, skb, STAGE_SOCK, SEE_NO_DEV, true)) {
		if (h.cpu)
			h.cpu->tcp_sk = 0;
		return 0;
	}
	fill_sock(&body, sk, true);
	if (!(cfg.flags & WB_CFG_COUNT)) {
		body.value = first_byte(sk);
		note_probed(&h, sk);
	}
	emit(&h, WB_KIND_SOCK, WB_PROBE_TP_tcp_probe, 0, &body, sizeof(body));
	unsee(&h);
	return 0;
}

SEC("?tp_btf/tcp_bad_csum")
int BPF_PROG(tp_tcp_bad_csum, struct sk_buff *skb)
{
	struct hit h;

	if (!see(&h, skb, STAGE_IN, SEE_NO_DEV, true))
		return 0;
	emit_step(&h, WB_PROBE_TP_tcp_bad_csum, 0, 0);
	unsee(&h);
	return 0;
}

/*
 * A process closed a connection, and what it had not read went away unseen. Where a connection is
 * given up for another cause, its state is not yet changed.
 */
static __always_inline int closed_unread(struct sock *sk, const void *ctx)
{
	const struct tcp_sock *tcp = (const void *)sk;
	struct wb_sock_body body = {};
	struct cpu_ctx *c;
	struct hit h;
	__u32 netns;

	if (cfg.flags & WB_CFG_COUNT || sk->__sk_common.skc_state != TCP_CLOSE)
		return 0;
	body.value = BPF_CORE_READ(tcp, copied_seq);
	c = cpu_ctx();
	if (!c || body.value == BPF_CORE_READ(tcp, rcv_nxt) || !in_task(c, ctx))
		return 0;
	netns = net_inum(BPF_CORE_READ(sk, __sk_common.skc_net.net), false);
	if (!netns_wanted(netns) || !see_none(&h, c, 0, 0, netns, 0))
		return 0;
	fill_sock(&body, sk, true);
	emit(&h, WB_KIND_SOCK, WB_PROBE_TP_tcp_send_reset, WB_EV_TASK, &body, sizeof(body));
	unsee(&h);
	return 0;
}

/* A reset is sent because of this packet, or without one, because a process gave up. */
SEC("?tp_btf/tcp_send_reset")
int BPF_PROG(tp_tcp_send_reset, const struct sock *sk, struct sk_buff *skb)
{
	struct hit h;

	if (!skb)
		return sk ? closed_unread((struct sock *)sk, ctx) : 0;
	if (!see(&h, skb, STAGE_IN, SEE_NO_DEV, true))
		return 0;
	emit_step(&h, WB_PROBE_TP_tcp_send_reset, 0, 0);
	unsee(&h);
	return 0;
}

SEC("?tp_btf/tcp_retransmit_skb")
int BPF_PROG(tp_tcp_retransmit_skb, const struct sock *sk, const struct sk_buff *skb)
{
	struct cpu_ctx *c;

	/* The buffer goes out once more: its next output is a new journey, whatever came before. */
	if (!live || !skb)
		return 0;
	c = cpu_ctx();
	if (c && c->cur_skb == (__u64)skb)
		c->cur_skb = 0;
	return 0;
}

SEC("?tp_btf/icmp_send")
int BPF_PROG(tp_icmp_send, const struct sk_buff *skb, int type, int code)
{
	struct wb_icmp_body body = {.type = type, .code = code, .family = 4};
	struct hit h;

	if (!see(&h, (struct sk_buff *)skb, STAGE_IN, 0, true))
		return 0;
	emit(&h, WB_KIND_ICMP, WB_PROBE_TP_icmp_send, 0, &body, sizeof(body));
	unsee(&h);
	return 0;
}

SEC("?tp_btf/sock_send_length")
int BPF_PROG(tp_sock_send_length, struct sock *sk, int ret, int flags)
{
	struct send_to to = {};

	if (ret < 0)
		read_send_to(&to);
	return send_failed(sk, ret, &to, WB_PROBE_TP_sock_send_length, true);
}

/* In its stead before 6.3. The arguments are a socket, a message and its length. */
#define X(fn)                                                                                      \
	SEC("?fexit/" #fn) int fx_##fn(unsigned long long *ctx)                                    \
	{                                                                                          \
		const struct msghdr *msg = (void *)ctx[1];                                         \
		struct send_to to = {};                                                            \
                                                                                                   \
		bpf_probe_read_kernel(&to, sizeof(to), BPF_CORE_READ(msg, msg_name));              \
		return send_failed((struct sock *)ctx[0], ctx[3], &to, WB_PROBE_FN_##fn, false);   \
	}
X(udp_sendmsg)
X(udpv6_sendmsg)
X(raw_sendmsg)
#undef X
