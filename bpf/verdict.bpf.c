/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that end a packet's way by what they return, and whose drop cannot be told apart
 * later: conntrack, NAT, socket filters, cgroup programs, and a listener's full queues. Rules of
 * netfilter are in netfilter_nft.bpf.c and netfilter_ipt.bpf.c.
 */
#include "event.bpf.h"
#include "sock.bpf.h"
#include <bpf/bpf_tracing.h>

#define NF_DROP	       0
#define NET_XMIT_DROP  1
#define TC_ACT_SHOT    2
#define RETURN_WORDS   6 /* arguments and return value of a function, as fexit hands them out */
#define SYNCOOKIES_OFF 0

enum judged { JUDGED_NF, JUDGED_ZERO, JUDGED_CGROUP, JUDGED_TC };

static __always_inline bool refused(enum judged how, __s32 ret)
{
	if (how == JUDGED_NF)
		return (ret & 0xff) == NF_DROP;
	if (how == JUDGED_CGROUP)
		return ret < 0 || ret == NET_XMIT_DROP;
	if (how == JUDGED_TC)
		return ret == TC_ACT_SHOT;
	return ret != 0; /* a negative errno, or a drop reason since 7.0 */
}

static __always_inline int judge(struct sk_buff *skb, __s32 ret, const enum judged how,
				 const __u16 probe)
{
	struct hit h;

	if (!live || !refused(how, ret) || !see_same(&h, skb))
		return 0;
	emit_step(&h, probe, h.cpu->cur_stage == STAGE_IN ? 0 : WB_EV_TX, -1);
	unsee(&h);
	return 0;
}

/* A kretprobe is not told the packet: the one that this CPU works on. */
static __always_inline int judge_current(const void *ctx, __s32 ret, const enum judged how,
					 const __u16 probe)
{
	struct hit h;

	if (!live || !refused(how, ret) || !see_current(&h, ctx))
		return 0;
	emit_step(&h, probe, h.cpu->cur_stage == STAGE_IN ? 0 : WB_EV_TX, -1);
	unsee(&h);
	return 0;
}

/* X(function, argument that is the packet, what a return value means) */
#define JUDGES(X)                                                                                  \
	X(nf_conntrack_in, 0, JUDGED_NF)                                                           \
	X(nf_nat_inet_fn, 1, JUDGED_NF)                                                            \
	X(tcf_classify_ingress, 0, JUDGED_TC) /* before 5.15 */                                    \
	X(tcf_classify, 0, JUDGED_TC)                                                              \
	X(sk_filter_trim_cap, 1, JUDGED_ZERO)                                                      \
	X(__cgroup_bpf_run_filter_skb, 1, JUDGED_CGROUP)

#define X(fn, arg, how)                                                                            \
	SEC("?fexit/" #fn) int fx_##fn(unsigned long long *ctx)                                    \
	{                                                                                          \
		__u32 n = function_args[WB_PROBE_FN_##fn];                                         \
		__u64 words[RETURN_WORDS] = {};                                                    \
		if (!live || n >= RETURN_WORDS)                                                    \
			return 0;                                                                  \
		bpf_probe_read_kernel(words, sizeof(words), ctx);                                  \
		return judge((struct sk_buff *)words[arg], words[n], how, WB_PROBE_FN_##fn);       \
	}                                                                                          \
	SEC("?kretprobe/" #fn) int kr_##fn(struct pt_regs *ctx)                                    \
	{                                                                                          \
		return judge_current(ctx, PT_REGS_RC(ctx), how, WB_PROBE_FN_##fn);                 \
	}
JUDGES(X)
#undef X

/*
 * A listener that takes no more: neither end shows itself by kfree_skb with a reason
 * (tcp_conn_request and tcp_v4_syn_recv_sock; the limits as in sk_acceptq_is_full and
 * inet_csk_reqsk_queue_is_full, 5.10 to 7.2).
 */
static __always_inline int listener(struct sock *sk, struct sk_buff *skb, const bool syn,
				    const __u16 probe)
{
	struct inet_connection_sock *icsk = (void *)sk;
	struct wb_sock_body body = {};
	__u32 waiting, max;
	struct hit h;

	if (!live)
		return 0;
	max = BPF_CORE_READ(sk, sk_max_ack_backlog);
	waiting = BPF_CORE_READ(icsk, icsk_accept_queue.qlen.counter);
	if (BPF_CORE_READ(sk, sk_ack_backlog) <= max &&
	    (!syn || waiting < max ||
	     BPF_CORE_READ(sk, __sk_common.skc_net.net, ipv4.sysctl_tcp_syncookies) !=
		     SYNCOOKIES_OFF))
		return 0;
	if (!see_same(&h, skb))
		return 0;
	fill_sock(&body, sk, false);
	body.value = syn && waiting >= max ? waiting : 0;
	emit(&h, WB_KIND_SOCK, probe, 0, &body, sizeof(body));
	unsee(&h);
	return 0;
}

SEC("?fentry/tcp_conn_request")
int fe_tcp_conn_request(unsigned long long *ctx)
{
	return listener((struct sock *)ctx[2], (struct sk_buff *)ctx[3], true,
			WB_PROBE_FN_tcp_conn_request);
}

SEC("?kprobe/tcp_conn_request")
int kp_tcp_conn_request(struct pt_regs *ctx)
{
	return listener((struct sock *)PT_REGS_PARM3(ctx), (struct sk_buff *)PT_REGS_PARM4(ctx),
			true, WB_PROBE_FN_tcp_conn_request);
}

SEC("?fentry/tcp_v4_syn_recv_sock")
int fe_tcp_v4_syn_recv_sock(unsigned long long *ctx)
{
	return listener((struct sock *)ctx[0], (struct sk_buff *)ctx[1], false,
			WB_PROBE_FN_tcp_v4_syn_recv_sock);
}

SEC("?kprobe/tcp_v4_syn_recv_sock")
int kp_tcp_v4_syn_recv_sock(struct pt_regs *ctx)
{
	return listener((struct sock *)PT_REGS_PARM1(ctx), (struct sk_buff *)PT_REGS_PARM2(ctx),
			false, WB_PROBE_FN_tcp_v4_syn_recv_sock);
}
