/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of probes: every place in the kernel that waybill can observe, one row each.
 * A row names its BPF programs by convention (below), so adding a generic function is one row here.
 */
#ifndef WAYBILL_PROBE_H
#define WAYBILL_PROBE_H

#include "waybill/station.h"

/*
 * Names of BPF programs:
 *
 *   - tracepoint NAME: tp_NAME, or tp_NAME__COUNT for kernels that hand out that many arguments
 *   - function NAME: fe_NAME (fentry), fx_NAME (fexit), kp_NAME (kprobe), kr_NAME (kretprobe)
 *   - generic functions, too: km_generic, one kprobe.multi program that knows the row by its cookie
 *   - own observers: own_xdp, own_tc_in, own_tc_out, own_nf_first, own_nf_last
 */

/* X(NAME, group, station): raw tracepoints with a body of their own (bpf/tracepoint_*.bpf.c). */
#define WB_TRACEPOINTS(X)                                                                          \
	X(netif_receive_skb, "net", RX)                                                            \
	X(napi_gro_receive_entry, "net", DRIVER_RX)                                                \
	X(napi_gro_receive_exit, "net", DRIVER_RX)                                                 \
	X(net_dev_queue, "net", QDISC)                                                             \
	X(net_dev_start_xmit, "net", DRIVER_TX)                                                    \
	X(net_dev_xmit, "net", DRIVER_TX)                                                          \
	X(kfree_skb, "skb", NONE)                                                                  \
	X(consume_skb, "skb", NONE)                                                                \
	X(skb_copy_datagram_iovec, "skb", SOCKET_READ)                                             \
	X(qdisc_enqueue, "qdisc", QDISC)                                                           \
	X(qdisc_dequeue, "qdisc", QDISC)                                                           \
	X(fib_table_lookup, "fib", ROUTE_IN)                                                       \
	X(fib6_table_lookup, "fib6", ROUTE_IN)                                                     \
	X(neigh_event_send_done, "neigh", NEIGHBOUR)                                               \
	X(xdp_exception, "xdp", XDP)                                                               \
	X(xdp_redirect_err, "xdp", XDP)                                                            \
	X(xdp_redirect, "xdp", XDP)                                                                \
	X(xdp_bulk_tx, "xdp", XDP)                                                                 \
	X(xdp_devmap_xmit, "xdp", XDP)                                                             \
	X(sk_data_ready, "sock", SOCKET_QUEUE)                                                \
	X(sock_recv_length, "sock", SOCKET_READ)                                                \
	X(sock_rcvqueue_full, "sock", SOCKET_QUEUE)                                                \
	X(udp_fail_queue_rcv_skb, "udp", SOCKET_QUEUE)                                             \
	X(tcp_bad_csum, "tcp", TCP)                                                                \
	X(tcp_probe, "tcp", TCP)                                                                   \
	X(tcp_send_reset, "tcp", TCP)                                                              \
	X(tcp_retransmit_skb, "tcp", TCP)                                                          \
	X(icmp_send, "icmp", ICMP)                                                                 \
	X(sock_send_length, "sock", SOCKET_SEND)                                                   \
	X(sys_exit, "syscalls", SOCKET_SEND)

/*
 * X(NAME, skb argument, arguments read, station): functions where position is all that is told.
 * fentry, kprobe and kprobe.multi programs come from this row alone.
 */
#define WB_FUNCTIONS(X)                                                                            \
	X(ip_rcv_core, 0, 1, IP)                                                                   \
	X(ip6_rcv_core, 0, 1, IP)                                                                  \
	X(ip_rcv, 0, 1, IP)                                                                        \
	X(ipv6_rcv, 0, 1, IP)                                                                      \
	X(ip_forward, 0, 1, FORWARD)                                                               \
	X(ip6_forward, 0, 1, FORWARD)                                                              \
	X(__ip_local_out, 2, 3, SOCKET_SEND)                                                       \
	X(__ip6_local_out, 2, 3, SOCKET_SEND)                                                      \
	X(ip6_output, 2, 3, SOCKET_SEND)                                                           \
	X(ip_do_fragment, 2, 3, FRAGMENT)                                                          \
	X(ip6_fragment, 2, 3, FRAGMENT)                                                            \
	X(ip_defrag, 1, 2, DEFRAG)                                                                 \
	X(tcp_v4_rcv, 0, 1, TCP)                                                                   \
	X(tcp_v6_rcv, 0, 1, TCP)                                                                   \
	X(udp_rcv, 0, 1, UDP)                                                                      \
	X(udpv6_rcv, 0, 1, UDP)                                                                    \
	X(icmp_rcv, 0, 1, ICMP)                                                                    \
	X(icmpv6_rcv, 0, 1, ICMP)                                                                  \
	X(raw_rcv, 1, 2, RAW)                                                                      \
	X(__udp_enqueue_schedule_skb, 1, 2, SOCKET_QUEUE)                                          \
	X(skb_consume_udp, 1, 2, SOCKET_READ)                                                      \
	X(tcp_data_queue, 1, 2, SOCKET_QUEUE)                                                      \
	X(neigh_resolve_output, 1, 2, NEIGHBOUR)                                                   \
	X(xfrm_input, 0, 1, XFRM)                                                                  \
	X(xfrm_output, 1, 2, XFRM)                                                                 \
	X(vxlan_rcv, 1, 2, TUNNEL)                                                                 \
	X(vxlan_xmit, 0, 1, TUNNEL)                                                                \
	X(ip_tunnel_rcv, 1, 2, TUNNEL)                                                             \
	X(ip_tunnel_xmit, 0, 1, TUNNEL)                                                            \
	X(sit_tunnel_xmit, 0, 1, TUNNEL)                                                           \
	X(ip6_tnl_xmit, 0, 1, TUNNEL)                                                              \
	X(__ip6_tnl_rcv, 1, 2, TUNNEL)                                                             \
	X(geneve_xmit, 0, 1, TUNNEL)                                                               \
	X(geneve_udp_encap_recv, 1, 2, TUNNEL)                                                     \
	X(l2tp_eth_dev_xmit, 0, 1, TUNNEL)                                                         \
	X(l2tp_udp_encap_recv, 1, 2, TUNNEL)                                                       \
	X(macsec_start_xmit, 0, 1, TUNNEL)                                                         \
	X(wg_xmit, 0, 1, TUNNEL)                                                                   \
	X(wg_receive, 1, 2, TUNNEL)                                                                \
	X(br_forward, 1, 2, BRIDGE)                                                                \
	X(br_handle_frame_finish, 2, 3, BRIDGE)

/* X(NAME, station): nftables expressions that may end a packet's way (bpf/netfilter_nft.bpf.c). */
#define WB_NFT_EXPRESSIONS(X)                                                                      \
	X(nft_immediate_eval, NF_PREROUTING)                                                       \
	X(nft_lookup_eval, NF_PREROUTING)                                                          \
	X(nft_reject_inet_eval, NF_PREROUTING)                                                     \
	X(nft_reject_ipv4_eval, NF_PREROUTING)                                                     \
	X(nft_reject_ipv6_eval, NF_PREROUTING)                                                     \
	X(nft_reject_bridge_eval, NF_PREROUTING)                                                   \
	X(nft_reject_netdev_eval, NF_PREROUTING)                                                   \
	X(nft_queue_eval, NF_PREROUTING)                                                           \
	X(nft_queue_sreg_eval, NF_PREROUTING)                                                      \
	X(nft_target_eval_xt, NF_PREROUTING)                                                       \
	X(nft_target_eval_bridge, NF_PREROUTING)                                                   \
	X(nft_nat_eval, NF_PREROUTING)                                                             \
	X(nft_masq_eval, NF_PREROUTING)                                                            \
	X(nft_redir_eval, NF_PREROUTING)                                                           \
	X(nft_connlimit_eval, NF_PREROUTING)                                                       \
	X(nft_synproxy_eval, NF_PREROUTING)                                                        \
	X(nft_tproxy_eval, NF_PREROUTING)                                                          \
	X(nft_fwd_netdev_eval, NF_PREROUTING)

/* X(NAME, station): the tables of legacy iptables (bpf/netfilter_ipt.bpf.c). */
#define WB_IPT_FUNCTIONS(X)                                                                        \
	X(ipt_do_table, NF_PREROUTING)                                                             \
	X(ip6t_do_table, NF_PREROUTING)

/*
 * X(NAME, station): functions with a body of their own, entry or exit or both: in bpf/, by family.
 */
#define WB_OWN_FUNCTIONS(X)                                                                        \
	X(nf_hook_slow, NF_PREROUTING)                                                             \
	X(nft_do_chain, NF_PREROUTING)                                                             \
	WB_NFT_EXPRESSIONS(X)                                                                      \
	WB_IPT_FUNCTIONS(X)                                                                        \
	X(nf_conntrack_in, CONNTRACK)                                                              \
	X(nf_nat_inet_fn, NAT)                                                                     \
	X(nf_nat_manip_pkt, NAT)                                                                   \
	X(do_xdp_generic, XDP)                                                                     \
	X(bpf_prog_run_generic_xdp, XDP)                                                           \
	X(tcf_classify_ingress, TC_IN)                                                             \
	X(tcf_classify, TC_IN)                                                                     \
	X(sk_filter_trim_cap, SOCKET_FILTER)                                                       \
	X(__cgroup_bpf_run_filter_skb, SOCKET_FILTER)                                              \
	X(tcp_conn_request, TCP)                                                                   \
	X(tcp_v4_syn_recv_sock, TCP)                                                               \
	X(__icmp_send, ICMP)                                                                       \
	X(icmp_push_reply, ICMP)                                                                   \
	X(icmp6_send, ICMP)                                                                        \
	X(icmpv6_push_pending_frames, ICMP)                                                        \
	X(ip_route_output_flow, ROUTE_OUT)                                                         \
	X(ip6_dst_lookup_flow, ROUTE_OUT)                                                          \
	X(udp_sendmsg, SOCKET_SEND)                                                                \
	X(udpv6_sendmsg, SOCKET_SEND)                                                              \
	X(raw_sendmsg, SOCKET_SEND)                                                                \
	X(__sys_connect, SOCKET_SEND)                                                              \
	X(__neigh_event_send, NEIGHBOUR)                                                           \
	X(br_handle_frame, BRIDGE)                                                                 \
	X(skb_segment, NONE)                                                                       \
	X(skb_copy, NONE)                                                                          \
	X(kfree_skbmem, NONE)

/*
 * X(NAME, station): what waybill attaches to see and let pass; *_program: behind each of other
 * people's BPF programs (bpf/program.bpf.c).
 */
#define WB_OBSERVERS(X)                                                                            \
	X(xdp_program, XDP)                                                                        \
	X(tc_program, TC_IN)                                                                       \
	X(xdp, XDP)                                                                                \
	X(tc_in, TC_IN)                                                                            \
	X(tc_out, TC_OUT)                                                                          \
	X(nf, NF_PREROUTING)

enum wb_probe {
	WB_PROBE_NONE,
#define X(name, group, station) WB_PROBE_TP_##name,
	WB_TRACEPOINTS(X)
#undef X
#define X(name, skb_arg, nargs, station) WB_PROBE_FN_##name,
		WB_FUNCTIONS(X)
#undef X
#define X(name, station) WB_PROBE_FN_##name,
			WB_OWN_FUNCTIONS(X)
#undef X
#define X(name, station) WB_PROBE_OWN_##name,
				WB_OBSERVERS(X)
#undef X
					WB_PROBE_MAX
};

#endif
