/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What connect() returned. A refusal by a cgroup's program, a security module or an
 * IPsec policy, or a route that refuses, makes no packet, and no tracepoint of the network tells.
 */
#include "send_fail.bpf.h"
#include <bpf/bpf_tracing.h>

#define NR_CONNECT 42 /* x86-64 */

#define EINTR	     4
#define EAFNOSUPPORT 97
#define ECONNRESET   104
#define EISCONN	     106
#define ETIMEDOUT    110
#define EALREADY     114

/* The socket behind a file descriptor of the running task; NULL: it is none. */
static __always_inline struct sock *sock_of(__u64 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;
	struct socket *socket;
	struct sock *sk;

	if (fd >= BPF_CORE_READ(table, max_fds) ||
	    bpf_probe_read_kernel(&file, sizeof(file), files + fd))
		return NULL;
	/* what another kind of file keeps there does not point back */
	socket = BPF_CORE_READ(file, private_data);
	if (!socket || BPF_CORE_READ(socket, file) != file)
		return NULL;
	sk = BPF_CORE_READ(socket, sk);
	return sk && BPF_CORE_READ(sk, sk_socket) == socket ? sk : NULL;
}

/* Did the call itself fail, not what became of its packets, and was it for a connection at all? */
static __always_inline bool is_refusal(long ret)
{
	return ret < 0 && ret != -EINTR && ret != -EAFNOSUPPORT && ret != -ECONNRESET &&
	       ret != -EISCONN && ret != -ETIMEDOUT && ret != -EALREADY;
}

/* Has the connection a first number? It gets one with its SYN, and keeps it when that is refused
 * (tcp_v4_connect, tcp_disconnect; 5.10 to 7.2). */
static __always_inline bool has_begun(struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;

	return BPF_CORE_READ(tcp, write_seq) != 0;
}

/* A call of connect() with these arguments returned this. */
static __always_inline int connected(__u32 fd, const void *name, long ret, const __u16 probe)
{
	struct send_to to = {};
	struct sock *sk;
	__u16 proto;

	if (!is_refusal(ret))
		return 0;
	sk = sock_of(fd);
	if (!sk)
		return 0;
	if (bpf_probe_read_user(&to, sizeof(to), name) && bpf_probe_read_user(&to, 8, name))
		return 0;
	proto = BPF_CORE_READ(sk, sk_protocol);
	/* a UDP socket without a port asks which address it would have: resolvers do so */
	if (proto == IPPROTO_TCP ? has_begun(sk) : proto == IPPROTO_UDP && !to.port)
		return 0;
	return send_failed(sk, ret, &to, probe, false);
}

SEC("?fexit/__sys_connect")
int fx___sys_connect(unsigned long long *ctx)
{
	return connected(ctx[0], (const void *)ctx[1], (int)ctx[3], WB_PROBE_FN___sys_connect);
}

/* The arguments are those with which the task entered the kernel. */
SEC("?kretprobe/__sys_connect")
int kr___sys_connect(struct pt_regs *ctx)
{
	long ret = (int)PT_REGS_RC(ctx);
	const struct pt_regs *regs;

	if (!is_refusal(ret))
		return 0;
	regs = entry_regs();
	if (!regs || BPF_CORE_READ(regs, orig_ax) != NR_CONNECT)
		return 0;
	return connected(BPF_CORE_READ(regs, di), (const void *)BPF_CORE_READ(regs, si), ret,
			 WB_PROBE_FN___sys_connect);
}

/* Where functions can't be probed: each system call of the machine pays for it. */
SEC("?tp_btf/sys_exit")
int BPF_PROG(tp_sys_exit, struct pt_regs *regs, long ret)
{
	if (!is_refusal(ret) || BPF_CORE_READ(regs, orig_ax) != NR_CONNECT)
		return 0;
	return connected(BPF_CORE_READ(regs, di), (const void *)BPF_CORE_READ(regs, si), ret,
			 WB_PROBE_TP_sys_exit);
}
