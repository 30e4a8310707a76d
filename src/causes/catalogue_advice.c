/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet was dropped, in one sentence, and where to look next: rows, matched from the top.
 * Parts in braces: advice_fill.c; what the sender sees, where a row leaves it open: sender.c.
 */
#include <stdio.h>
#include <string.h>

#include "causes/advice_answer.h"
#include "causes/advice_fill.h"
#include "causes/advice_undropped.h"
#include "causes/catalogue.h"
#include "causes/sender.h"

struct advice {
	enum wb_layer layer;	   /* NONE: any */
	enum wb_station station;   /* NONE: any */
	const char *reason;	   /* NULL: any */
	enum decider_kind decider; /* NONE: any */
	const char *sees;	   /* NULL: judged from ICMP, resets and the place */
	const char *why, *next;
};

#define L(x) WB_LAYER_##x
#define S(x) WB_STATION_##x
#define D(x) DECIDER_##x

#define NEIGHBOUR_REMOVED                                                                          \
	"it waited for its next hop's link address, and that entry was removed meanwhile: "        \
	"{decider}; its device went down or away, or lost its address or carrier"
#define NEIGHBOUR_DEVICE "{ns}ip link show dev {dev}; {ns}ip addr show dev {dev}"

static const struct advice rows[] = {
	{L(XDP), 0, "XDP_TX", 0, "timeout",
	 "the XDP program on {dev} sent it back out, and the device did not take it: {decider}; "
	 "a veth takes such frames only if its other end has an XDP program, too",
	 "{ns}ethtool -S {dev}; {ns}bpftool net show"},
	{L(XDP), 0, "XDP_REDIRECT", 0, "timeout",
	 "the XDP program on {dev} redirected it to where it can't go: {decider}; no such device, "
	 "one that is down or has no room, or a veth whose other end has neither an XDP program "
	 "nor GRO",
	 "{ns}bpftool net show dev {dev}; {ns}ethtool -S {dev}; {ns}ip -s link"},
	{L(XDP), 0, NULL, 0, "timeout",
	 "the XDP program on {dev} dropped it before the stack: {decider}; tcpdump does not see it",
	 "{ns}bpftool net show dev {dev}"},
	{L(TC_IN), 0, "TC_STOLEN", 0, "timeout",
	 "a tc filter or program at the ingress of {dev} took it, and nothing of it went on: "
	 "{decider}",
	 "{ns}tc -s filter show dev {dev} ingress"},
	{L(TC_OUT), 0, "TC_STOLEN", 0, "timeout",
	 "a tc filter or program at the egress of {dev} took it, and nothing of it went on: "
	 "{decider}",
	 "{ns}tc -s filter show dev {dev} egress"},
	{L(TC_IN), 0, "TC_REDIRECT", 0, "timeout",
	 "a tc program at the ingress of {dev} redirected it to where it can't go: {decider}",
	 "{ns}tc -s filter show dev {dev} ingress; {ns}ip -s link"},
	{L(TC_OUT), 0, "TC_REDIRECT", 0, "timeout",
	 "a tc program at the egress of {dev} redirected it to where it can't go: {decider}",
	 "{ns}tc -s filter show dev {dev} egress; {ns}ip -s link"},
	{L(TC_IN), 0, NULL, 0, "timeout",
	 "a tc filter or program at the ingress of {dev} dropped it: {decider}",
	 "{ns}tc -s filter show dev {dev} ingress"},
	{L(TC_OUT), 0, NULL, 0, NULL,
	 "a tc filter or program at the egress of {dev} dropped it: {decider}",
	 "{ns}tc -s filter show dev {dev} egress"},
	{L(NETFILTER), 0, NULL, D(NFQUEUE), NULL, "it was given to a program by {decider}",
	 "{ns}cat /proc/net/netfilter/nfnetlink_queue"},
	{L(NETFILTER), 0, NULL, D(BPF_NETFILTER), NULL,
	 "a BPF program at the hook dropped it: {decider}",
	 "bpftool prog show id {id}; bpftool link show"},
	{L(NETFILTER), 0, NULL, D(NAT), NULL, "NAT dropped it: {decider}",
	 "{ns}conntrack -S; {ns}conntrack -L -d {dst}"},
	{L(NETFILTER), 0, NULL, D(CONNTRACK), NULL, "connection tracking dropped it: {decider}",
	 "{ns}conntrack -S; {ns}sysctl net.netfilter.nf_conntrack_count "
	 "net.netfilter.nf_conntrack_max"},
	{L(NETFILTER), 0, NULL, D(ROUTE), NULL,
	 "a rule at OUTPUT changed its mark or address, so it was routed again, and refused: "
	 "{decider}",
	 "{ns}ip{-6} rule; {ns}ip{-6} route show table {table}"},
	{L(NETFILTER), 0, NULL, D(IPVS_SERVICE), NULL,
	 "IPVS did not pass it on: {decider}; its service has no real server that takes it",
	 "{ns}ipvsadm -Ln --stats; {ns}sysctl net.ipv4.vs.drop_packet "
	 "net.ipv4.vs.expire_nodest_conn"},
	{L(NETFILTER), 0, "IPVS", 0, NULL, "{meaning}", "{ns}ipvsadm -Ln --stats"},
	{L(NETFILTER), 0, NULL, D(SYSCTL), NULL,
	 "it was translated at {station} and routed again, which failed: {decider}; a packet from "
	 "a loopback address may not leave by another device",
	 "{ns}sysctl {name}; {ns}nft list ruleset"},
	{L(NETFILTER), S(NAT), NULL, 0, NULL,
	 "NAT dropped it: no free address and port, or another flow has them: {decider}",
	 "{ns}conntrack -S; {ns}conntrack -L -d {dst}"},
	{L(NETFILTER), 0, NULL, D(NFT_POLICY), NULL,
	 "no rule of the chain accepted it, so the chain's policy dropped it: {decider}",
	 "{ns}nft -a list chain {family} {table} {chain}"},
	{L(NETFILTER), 0, NULL, D(NFT_RULE), NULL, "a firewall rule dropped it: {decider}",
	 "{ns}nft -a list chain {family} {table} {chain}"},
	{L(NETFILTER), 0, NULL, D(IPTABLES_RULE), NULL, "a firewall rule dropped it: {decider}",
	 "{ns}{ip}tables-legacy -t {table} -nvL {chain} --line-numbers"},
	{L(NETFILTER), 0, NULL, D(IPTABLES_POLICY), NULL,
	 "no rule accepted it, so the chain's policy dropped it: {decider}",
	 "{ns}{ip}tables-legacy -t {table} -nvL {chain}"},
	{L(NETFILTER), S(CONNTRACK), NULL, 0, NULL, "connection tracking dropped it: {decider}",
	 "{ns}conntrack -S; {ns}sysctl net.netfilter.nf_conntrack_count "
	 "net.netfilter.nf_conntrack_max"},
	{L(NETFILTER), 0, NULL, 0, NULL,
	 "something at the hook dropped it ({station}); what it was can't be told",
	 "{ns}nft -a list ruleset; {ns}iptables-legacy-save -c"},
	{L(BRIDGE), 0, "OVS*", 0, "timeout", "{meaning}: {decider}",
	 "ovs-appctl dpctl/dump-flows; ovs-vsctl show; ovs-ofctl dump-flows $(ovs-vsctl "
	 "port-to-br {dev})"},
	{L(BRIDGE), 0, NULL, D(SYSCTL), "timeout", "the bridge did not pass it on: {decider}",
	 "{ns}sysctl {name}"},
	{L(BRIDGE), 0, "NO_TX_TARGET", 0, "timeout",
	 "the bridge found no port that may send it: {decider}",
	 "{ns}bridge -d link show; {ns}bridge fdb show; {ns}bridge mdb show"},
	{L(BRIDGE), 0, NULL, 0, "timeout", "the bridge did not pass it on: {decider}",
	 "{ns}bridge -d link show; {ns}bridge fdb show br {bridge}; {ns}bridge vlan show"},
	{L(ROUTE), 0, "UNICAST_IN_L2_MULTICAST", 0, "timeout",
	 "a broadcast or multicast frame on {dev} holds a packet for one host, {dst}",
	 "{ns}sysctl net.ipv4.conf.{conf}.drop_unicast_in_l2_multicast; {ns}ip neigh show"},
	{L(ROUTE), S(NEIGHBOUR), "NEIGH_QUEUEFULL", 0, NULL,
	 "the next hop's address is still being asked for, and too many packets wait for it: "
	 "{decider}",
	 "{ns}ip -s neigh show dev {dev}; {ns}sysctl net.{ipv}.neigh.{conf}.unres_qlen_bytes"},
	{L(ROUTE), S(NEIGHBOUR), "QUEUE_PURGE", 0, NULL, NEIGHBOUR_REMOVED, NEIGHBOUR_DEVICE},
	{L(ROUTE), S(NEIGHBOUR), "NEIGH_DEAD", 0, NULL, NEIGHBOUR_REMOVED, NEIGHBOUR_DEVICE},
	{L(ROUTE), S(NEIGHBOUR), "NEIGH_CREATEFAIL", 0, NULL,
	 "the neighbour table is full, so the next hop can't be entered",
	 "sysctl net.ipv4.neigh.default.gc_thresh3 net.ipv6.neigh.default.gc_thresh3"},
	{L(ROUTE), 0, "IP_RPFILTER", 0, "timeout", "{way_back}, and rp_filter is on: {decider}",
	 "{ns}ip route get {src}; {ns}sysctl net.ipv4.conf.all.rp_filter "
	 "net.ipv4.conf.{conf}.rp_filter net.ipv4.conf.all.src_valid_mark"},
	{L(ROUTE), 0, "IP_LOCALNET", 0, "timeout",
	 "a martian: {src} > {dst} has a loopback address, which {dev} takes only with "
	 "route_localnet",
	 "{ns}sysctl net.ipv4.conf.{conf}.route_localnet net.ipv4.conf.all.log_martians"},
	{L(ROUTE), 0, "IP_INVALID_SOURCE", 0, "timeout",
	 "a martian: {src} can't be a source address", "{ns}sysctl net.ipv4.conf.all.log_martians"},
	{L(ROUTE), 0, "MROUTE", D(MROUTE), "timeout",
	 "multicast routing sent it nowhere: {decider}",
	 "{ns}ip{-6} -s mroute show; {ns}cat /proc/net/{ip}_mr_vif"},
	{L(ROUTE), 0, "MROUTE", 0, "timeout", "{meaning}",
	 "{ns}ip{-6} -s mroute show; {ns}cat /proc/net/{ip}_mr_vif"},
	{L(ROUTE), 0, NULL, D(MROUTE), "timeout", "it is for a multicast group: {decider}",
	 "{ns}ip maddr show dev {dev}; {ns}ip{-6} mroute show; {ns}sysctl net.{ipv}.conf.{conf}."
	 "mc_forwarding"},
	{L(ROUTE), 0, "MPLS", D(SYSCTL), "timeout",
	 "{dev} takes no labelled packets, MPLS input is off there: {decider}",
	 "{ns}sysctl net.mpls.conf.{conf}.input; {ns}ip -M route show"},
	{L(ROUTE), 0, "MPLS", D(MPLS_ROUTE), "timeout", "MPLS did not forward it: {decider}",
	 "{ns}ip -M route show; {ns}sysctl net.mpls.platform_labels"},
	{L(ROUTE), 0, "MPLS", 0, "timeout", "{meaning}",
	 "{ns}ip -M route show; {ns}sysctl net.mpls.platform_labels net.mpls.conf.{conf}.input"},
	{L(ROUTE), 0, "SEG6", 0, "timeout", "{meaning}", "{ns}ip -6 route get {dst}"},
	{L(ROUTE), 0, "IP_LOCAL_SOURCE", D(SYSCTL), "timeout", "a martian: {own_source}: {decider}",
	 "{ns}ip route get {src} mark {mark}; {ns}ip rule; {ns}ip addr; {ns}sysctl {name}"},
	{L(ROUTE), 0, "IP_LOCAL_SOURCE", 0, "timeout",
	 "a martian: {src} is this host's own address, but it came from outside",
	 "{ns}ip route get {src}; {ns}sysctl net.ipv4.conf.{conf}.accept_local"},
	{L(ROUTE), 0, "IP_INVALID_DEST", 0, "timeout",
	 "a martian: {dst} can't be a destination here",
	 "{ns}ip route get {dst} from {src} iif {dev}"},
	{L(ROUTE), 0, "DIRECTED_BROADCAST", 0, "timeout",
	 "it is for all hosts of the network on {to_dev}, and this router does not pass such "
	 "broadcasts on: {decider}",
	 "{ns}sysctl net.ipv4.conf.all.bc_forwarding net.ipv4.conf.{conf}.bc_forwarding"},
	{L(ROUTE), 0, NULL, D(SYSCTL), NULL,
	 "it is not for this host, and forwarding is off: {decider}", "{ns}sysctl {name}"},
	{L(ROUTE), S(NEIGHBOUR), NULL, 0, NULL, "the next hop does not answer: {decider}{up}",
	 "{ns}ip neigh show dev {dev}; {ns}ip{-6} route get {dst}{asked}; {there}ip addr; "
	 "{there}sysctl -ar 'conf[.].*[.](arp_ignore|arp_filter|rp_filter)'; "
	 "{dropped_in}nft -a list ruleset; {bridge_in}bridge -d link show; {link_in}ip -d link"},
	{L(ROUTE), 0, "NO_WAY_BACK", 0, "timeout",
	 "it arrived, and its answer has no way back to {src}: {decider}",
	 "{ns}ip route get {src}; {ns}ip{-6} rule"},
	{L(ROUTE), 0, NULL, D(TUNNEL), NULL, "what it was wrapped in has no way out: {decider}",
	 "{ns}ip -d link show dev {dev}; {ns}ip route get {remote}"},
	{L(ROUTE), 0, NULL, D(IP_RULE), NULL, "a rule of policy routing refuses it: {decider}",
	 "{ns}ip{-6} rule; {ns}ip{-6} route get {dst}{asked}"},
	{L(ROUTE), 0, NULL, D(ROUTE), NULL, "the routing tables refuse {dst}: {decider}",
	 "{ns}ip{-6} route get {dst}{asked}; {ns}ip{-6} rule; {ns}ip{-6} route show table {table}"},
	{L(ROUTE), 0, "IP_INADDRERRORS", 0, NULL,
	 "{dst} is not this host's address, and it may not go on: {not_on}",
	 "{ns}sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding"},
	{L(ROUTE), 0, NULL, 0, NULL, "there is no way on to {dst}",
	 "{ns}ip route get {dst}; {ns}ip{-6} rule"},
	{L(SOCKET), 0, "NO_SOCKET", 0, NULL, "{nobody}: {decider}", "{ns}{listeners}"},
	{L(SOCKET), 0, "SOCKET_RCVBUFF", 0, "nothing",
	 "the receive buffer is full, the process reads too slowly: {decider}", "{ns}{sockets}"},
	{L(SOCKET), 0, "SOCKET_BACKLOG", 0, "timeout",
	 "the socket's backlog is full while its process holds it: {decider}",
	 "{ns}{sockets}; {ns}nstat -az TcpExtTCPBacklogDrop"},
	{L(SOCKET), 0, "PROTO_MEM", 0, "timeout",
	 "all sockets of the protocol together have reached their memory limit",
	 "cat /proc/net/sockstat; sysctl net.ipv4.tcp_mem net.ipv4.udp_mem"},
	{L(SOCKET), 0, "TCP_LISTEN_OVERFLOW", 0, "timeout",
	 "the accept queue of the listener on port {dport} is full: its process accepts too "
	 "slowly: {decider}",
	 "{ns}ss -ltnp sport = :{dport}; {ns}nstat -az TcpExtListenOverflows; {ns}sysctl "
	 "net.core.somaxconn"},
	{L(SOCKET), 0, "ACCEPT_QUEUE_FULL", 0, "timeout",
	 "a listener with a full accept queue lets nobody in: {decider}",
	 "{ns}ss -ltnp sport = :{dport}; {ns}nstat -az TcpExtListenOverflows; {ns}sysctl "
	 "net.core.somaxconn"},
	{L(SOCKET), 0, "SYN_QUEUE_FULL", 0, "timeout",
	 "a listener with a full SYN queue lets nobody in: {decider}",
	 "{ns}ss -tn state syn-recv sport = :{dport}; {ns}sysctl net.ipv4.tcp_syncookies "
	 "net.ipv4.tcp_max_syn_backlog"},
	{L(SOCKET), 0, "SYN_IGNORED", 0, "timeout", "its SYN was not answered: {decider}",
	 "{ns}ss -ltnp sport = :{dport}; {ns}ip route get {src}; {ns}nstat -az "
	 "TcpExtListenDrops"},
	{L(SOCKET), 0, "IP_NOPROTO", 0, NULL, "nothing on {dst} takes this IP protocol",
	 "{ns}cat /proc/net/protocols; {ns}ip -d link show"},
	{L(SOCKET), S(SOCKET_FILTER), NULL, D(CGROUP_PROGRAM), NULL,
	 "a BPF program of the process's cgroup refused it: {decider}",
	 "bpftool prog show id {id}; bpftool cgroup tree"},
	{L(SOCKET), S(SOCKET_FILTER), NULL, 0, NULL, "{meaning}: {decider}",
	 "{ns}{sockets}; bpftool cgroup tree"},
	{L(SOCKET), 0, NULL, D(SYSCTL), "timeout", "{meaning}: {decider}", "{ns}sysctl {name}"},
	{L(SOCKET), 0, NULL, 0, NULL, "{meaning}", "{ns}{sockets}; {ns}nstat -az"},
	{L(QDISC), 0, NULL, D(DEVICE), NULL, "{dev} can't send: {decider}",
	 "{ns}ip -d link show dev {dev}"},
	{L(QDISC), 0, NULL, 0, NULL, "the queue of {dev} {queue}: {decider}",
	 "{ns}tc -s qdisc show dev {dev}"},
	{L(DRIVER), 0, NULL, D(DEVICE), NULL,
	 "the device {dev} did not take it: {decider}; look at its other end, too",
	 "{ns}ip -s -s link show dev {dev}"},
	{L(DRIVER), 0, NULL, 0, NULL, "the device {dev} did not take it: {meaning}",
	 "{ns}ip -s -s link show dev {dev}; {ns}ethtool -S {dev}"},
	{L(STACK), S(XFRM), "NDISC_UNSENT", D(XFRM_POLICY), "timeout",
	 "a message of neighbour discovery could not leave by {dev}: {decider}; so neighbours get "
	 "no answer, or are not found",
	 "{ns}ip xfrm policy"},
	{L(STACK), S(XFRM), "NDISC_UNSENT", 0, "timeout",
	 "a message of neighbour discovery could not leave by {dev}: IPsec forbids it, or the "
	 "device is going away",
	 "{ns}ip xfrm policy; {ns}ip link show dev {dev}"},
	{L(STACK), 0, "OTHERHOST", D(DEVICE), "timeout",
	 "it is tagged for VLAN {vlan}, and {cause}",
	 "{ns}ip -d link show type vlan; {ns}ip -d link show dev {dev}"},
	{L(STACK), 0, "OTHERHOST", D(NEIGHBOUR), "timeout",
	 "{dst} is an address of this host, but it was sent to another MAC address than {dev}'s: "
	 "the "
	 "sender's neighbour entry is out of date, or another host has that address, too",
	 "{there}ip neigh show {dst}; {ns}ip link show dev {dev}"},
	{L(STACK), 0, "OTHERHOST", 0, "timeout",
	 "{otherhost}",
	 "{ns}ip -d link show dev {dev}; {ns}bridge fdb show"},
	{L(STACK), 0, "IP_CSUM", 0, "timeout",
	 "its IP header checksum is wrong: damaged on the way, or badly made",
	 "{ns}nstat -az IpExtInCsumErrors"},
	{L(STACK), 0, "TCP_CSUM", 0, "timeout",
	 "its TCP checksum is wrong: damaged on the way, or checksum offload went wrong",
	 "{ns}nstat -az TcpInCsumErrors; {ns}ethtool -k {dev}"},
	{L(STACK), 0, "UDP_CSUM", 0, "timeout",
	 "its UDP checksum is wrong: damaged on the way, or checksum offload went wrong{nosum}",
	 "{ns}nstat -az Udp{6}InCsumErrors; {ns}ethtool -k {dev}"},
	{L(STACK), 0, "ICMP_CSUM", 0, "timeout",
	 "its ICMP checksum is wrong: damaged on the way, or badly made",
	 "{ns}nstat -az Icmp{6}InCsumErrors"},
	{L(STACK), 0, "PKT_TOO_SMALL", 0, "timeout",
	 "it is shorter than its headers say: cut on the way, or badly made",
	 "{ns}nstat -az '*InTruncatedPkts'; {ns}ip -s -s link show dev {dev}"},
	{L(STACK), S(IP), "IP_INHDR", 0, "timeout",
	 "its IP header makes no sense: version, length, options, or addresses that can't be",
	 "{ns}nstat -az Ip{6}InHdrErrors"},
	{L(STACK), S(IP), "IP_OPTIONS", 0, NULL, "{meaning}",
	 "{ns}sysctl net.ipv4.conf.all.accept_source_route"},
	{L(STACK), 0, "FRAG_REASM_TIMEOUT", 0, NULL,
	 "not all fragments came in time, so what came was thrown away",
	 "{ns}nstat -az Ip{6}ReasmTimeout Ip{6}ReasmFails; {ns}sysctl net.ipv4.ipfrag_time "
	 "net.ipv6.ip6frag_time"},
	{L(STACK), S(DEFRAG), NULL, D(SYSCTL), "timeout",
	 "no fragments are put together here: {decider}", "{ns}sysctl {name}"},
	{L(STACK), S(DEFRAG), NULL, 0, "timeout", "{meaning}",
	 "{ns}nstat -az IpReasmFails; {ns}sysctl net.ipv4.ipfrag_high_thresh "
	 "net.ipv4.ipfrag_max_dist"},
	{L(STACK), 0, "IPV6_ROUTING_HEADER", D(SYSCTL), "timeout",
	 "it has a segment routing header (SRv6), which {dev} does not take: {decider}",
	 "{ns}sysctl net.ipv6.conf.all.seg6_enabled net.ipv6.conf.{conf}.seg6_enabled"},
	{L(STACK), 0, "IPV6_ROUTING_HEADER", 0, NULL, "{meaning}",
	 "{ns}sysctl net.ipv6.conf.all.seg6_enabled net.ipv6.conf.{conf}.seg6_enabled"},
	{L(STACK), S(XFRM), NULL, D(XFRM_STATE), "timeout", "IPsec could not process it: {decider}",
	 "{ns}ip -s xfrm state; {ns}cat /proc/net/xfrm_stat"},
	{L(STACK), S(XFRM), "XFRM_POLICY", D(XFRM_POLICY), NULL, "{ipsec}: {decider}",
	 "{ns}ip xfrm policy; {ns}ip -s xfrm state; {ns}cat /proc/net/xfrm_stat"},
	{L(STACK), S(XFRM), NULL, 0, NULL, "{meaning}: {decider}",
	 "{ns}ip xfrm policy; {ns}ip -s xfrm state; {ns}cat /proc/net/xfrm_stat"},
	{L(STACK), 0, "XFRM_POLICY", 0, NULL,
	 "an IPsec policy demands protection that it does not have: {decider}",
	 "{ns}ip xfrm policy; {ns}cat /proc/net/xfrm_stat"},
	{L(STACK), 0, "IPV6DISABLED", 0, "timeout", "IPv6 is off on {dev}",
	 "{ns}sysctl net.ipv6.conf.{conf}.disable_ipv6"},
	{L(STACK), S(IP), "UNHANDLED_PROTO", 0, NULL,
	 "its IPv6 header makes no sense here: the version, or an option that is not known",
	 "{ns}nstat -az Ip6InHdrErrors"},
	{L(STACK), 0, "UNHANDLED_PROTO", D(BRIDGE_PORT), "timeout", "the bridge kept it: {decider}",
	 "{ns}ip -d link show dev {dev}; {ns}ip -d link show type bridge"},
	{L(STACK), 0, "UNHANDLED_PROTO", D(DEVICE), "timeout", "nobody takes it: {decider}",
	 "{ns}ip -d link show dev {dev}; {ns}ip -d link show type bond"},
	{L(STACK), 0, "UNHANDLED_PROTO", 0, "timeout",
	 "nothing on {dev} takes frames of this kind: of their EtherType, or of this VLAN",
	 "{ns}ip -d link show dev {dev}"},
	{L(STACK), 0, "TCP_ABORT_ON_DATA", 0, "refused",
	 "data for a connection that its process had closed: the kernel answered with a reset",
	 "{ns}ss -tanp sport = :{dport}; {ns}nstat -az TcpExtTCPAbortOnData"},
	{L(STACK), 0, "TCP_OLD_DATA", 0, "nothing",
	 "a copy of data that was received already, which TCP acknowledges once more: it was sent "
	 "again too early, or an acknowledgement was lost or late",
	 "{ns}ss -tani sport = :{dport}; {ns}nstat -az TcpExtDelayedACKLost 'TcpExtTCPDSACK*'"},
	{L(STACK), S(TCP), NULL, 0, NULL, "{meaning}",
	 "{ns}ss -tani sport = :{dport}; {ns}nstat -az"},
	{L(STACK), S(FRAGMENT), "PKT_TOO_BIG", D(TUNNEL), NULL,
	 "larger than the MTU of the way out, and it may not be fragmented: {decider}; a smaller "
	 "MTU on the tunnel's device helps, or a larger one below it",
	 "{ns}ip -d link"},
	{L(STACK), S(FRAGMENT), "PKT_TOO_BIG", 0, NULL,
	 "larger than the MTU of the way out, and it may not be fragmented: {decider}",
	 "{ns}ip route get {dst}; {ns}ip link"},
	{L(STACK), S(FORWARD), "PKT_TOO_BIG", 0, "unreachable",
	 "larger than the MTU of the way out: {decider}; the sender needs the ICMP error that says "
	 "so",
	 "{ns}ip{-6} route get {dst}; {ns}ip -s link"},
	{L(STACK), S(FORWARD), "IP_INHDR", 0, NULL,
	 "its TTL (hop limit) is used up: {ttl} was left when it was first seen; {loop}",
	 "{ns}ip{-6} route get {dst}"},
	{L(STACK), S(FORWARD), "NOT_SPECIFIED", D(ROUTE), "timeout",
	 "it was routed to be forwarded, and what has a socket is not: {decider}",
	 "{ns}ip{-6} rule; {ns}ip{-6} route show table all type local"},
	{L(STACK), S(FORWARD), "NOT_SPECIFIED", 0, NULL, "it is not forwarded: {meaning}",
	 "{ns}ip neigh show"},
	{L(STACK), S(FORWARD), NULL, 0, NULL,
	 "it could not be forwarded: the TTL (hop limit) is used up, or it is larger than the MTU "
	 "of the way out",
	 "{ns}ip{-6} route get {dst}; {ns}ip link"},
	{L(STACK), S(TUNNEL), NULL, D(WIREGUARD_PEER), "timeout",
	 "WireGuard did not take it: {decider}", "{ns}wg show; {ns}ip -d link show type wireguard"},
	{L(STACK), S(TUNNEL), NULL, 0, "timeout", "{meaning}: {decider}",
	 "{ns}ip -d link show{tunnels}"},
	{0, 0, NULL, 0, NULL, "{meaning}", "{ns}nstat -az"},
};

/* A trailing * stands for any rest. */
static bool is_reason(const char *pattern, const char *reason)
{
	size_t n = strlen(pattern);

	return pattern[n - 1] == '*' ? !strncmp(pattern, reason, n - 1) : !strcmp(pattern, reason);
}

static bool matches(const struct advice *a, const struct drop *d)
{
	enum decider_kind kind = d->decider ? d->decider->kind : DECIDER_NONE;

	return (!a->layer || a->layer == d->layer) && (!a->station || a->station == d->station) &&
	       (!a->reason || is_reason(a->reason, d->reason) ||
		is_reason(a->reason, catalogue_cause(d))) &&
	       (!a->decider || a->decider == kind);
}

/* Rows that only serve a certain decider say nothing of the reason as such. */
struct advice_row catalogue_advice(const struct reason_row *r)
{
	struct drop d = {.layer = r->layer, .station = r->station};
	const struct advice *a = rows;

	snprintf(d.reason, sizeof(d.reason), "%s", r->name);
	while (!matches(a, &d))
		a++;
	return (struct advice_row){.sees = a->sees, .next = a->next};
}

void catalogue_advise(struct journey *j)
{
	const struct advice *a = rows;

	if (!j->has_drop || j->outcome != OUTCOME_DROPPED) {
		advice_undropped(j);
		return;
	}
	while (!matches(a, &j->drop))
		a++;
	snprintf(j->sender_sees, sizeof(j->sender_sees), "%s",
		 a->sees && !j->has_icmp && !j->answer_lost ? a->sees : sender_sees(j));
	advice_fill(j, a->why, j->why, sizeof(j->why));
	j->next[0] = 0;
	advice_fill_command(j, a->next, j->next, sizeof(j->next));
	if (decider_text(j->drop.decider, "hint"))
		advice_add(j, "; ", decider_text(j->drop.decider, "hint"));
	advice_add_answer(j);
	if (j->no_way_back && strcmp(j->drop.reason, "NO_WAY_BACK"))
		advice_add(j, "; there is no route for the answer either", "");
	if (j->drop.decider && j->drop.decider->n_candidates > 1)
		advice_add(j, "; which one it was can't be told", "");
	else if (j->drop.decider && j->drop.decider->n_candidates)
		advice_add(j, "; that is not certain", "");
	if (j->drop.not_read[0])
		advice_add(j, "; could not be read: ", j->drop.not_read);
}
