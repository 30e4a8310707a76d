/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends that look like drops and are none, and ends whose place says more than their reason. */
#include "causes/ending.h"

#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>

#include "causes/catalogue.h"
#include "util/text.h"

static enum wb_station station_before(const struct journey *j, const struct ending *e)
{
	return e->after_step ? j->steps[e->after_step - 1].station : WB_STATION_NONE;
}

bool ending_unresolved(const struct journey *j, const struct ending *e)
{
	return !strcmp(e->reason, "QUEUE_PURGE") &&
	       (station_before(j, e) == WB_STATION_NEIGHBOUR || text_starts(e->function, "neigh_"));
}

bool ending_purged(const struct journey *j, const struct ending *e)
{
	if (ending_unresolved(j, e))
		return false;
	return !strcmp(e->reason, "QUEUE_PURGE") || text_starts(e->function, "udp_destruct") ||
	       text_starts(e->function, "inet_sock_destruct") ||
	       text_starts(e->function, "skb_queue_purge") ||
	       /* what TCP had received out of order, and SCTP in whatever order */
	       text_starts(e->function, "skb_rbtree_purge") ||
	       text_starts(e->function, "sctp_ulpq_flush") ||
	       text_starts(e->function, "sctp_queue_purge_ulpevents");
}

/* There tcp_v4_rcv gives a reason for everything else that it drops. */
bool ending_of_closed(const struct ending *e)
{
	return !strcmp(e->reason, "NOT_SPECIFIED") &&
	       (!strcmp(e->function, "tcp_v4_rcv") || !strcmp(e->function, "tcp_v6_rcv"));
}

bool ending_for_many(const struct ending *e)
{
	return e->pkt_type == PACKET_BROADCAST || e->pkt_type == PACKET_MULTICAST ||
	       e->pkt_type == PACKET_LOOPBACK;
}

/*
 * There a reason is given for all else, but for a header that is not there, and by IPsec; of a
 * kernel without reasons only the MAC address tells.
 */
bool ending_of_udp(const struct ending *e)
{
	if (!e->reason[0] && !ending_for_many(e))
		return false;
	return (!e->reason[0] || !strcmp(e->reason, "NOT_SPECIFIED")) &&
	       (text_starts(e->function, "__udp4_lib_") ||
		text_starts(e->function, "__udp6_lib_") || !strcmp(e->function, "udp_rcv") ||
		!strcmp(e->function, "udpv6_rcv"));
}

/* What a closed connection or a listener still gets: a reset, which nobody answers, or nothing but
 * an acknowledgement. */
static bool late(const struct journey *j, const struct ending *e)
{
	if (j->packet.proto != IPPROTO_TCP || j->sent_reset)
		return false;
	if (j->packet.tcp_flags & TH_RST)
		return ending_of_closed(e) || !strcmp(e->reason, "NO_SOCKET") ||
		       !strcmp(e->reason, "TCP_FLAGS") || !strcmp(e->reason, "TCP_CLOSE");
	return ending_of_closed(e) && !j->len;
}

/* Its caller frees for it where it returns a reason; of ICMP nobody else has that one. */
static bool refused_by_ping(const struct ending *e)
{
	return !strcmp(e->function, "ping_rcv") ||
	       (!strcmp(e->reason, "NO_SOCKET") &&
		(!e->function[0] || !strcmp(e->function, "icmp_rcv") ||
		 !strcmp(e->function, "icmpv6_rcv")));
}

static bool is_echo_reply(const struct wb_packet *p)
{
	return (p->proto == IPPROTO_ICMP && p->icmp_type == ICMP_ECHOREPLY) ||
	       (p->proto == IPPROTO_ICMPV6 && p->icmp_type == ICMP6_ECHO_REPLY);
}

/*
 * What was used, and freed like a drop. SCTP frees so what a process has read. TCP took what was in
 * it: an acknowledgement for a connection that one side has closed, and an old sequence number
 * without data, which asks whether the other end is still there (keepalive, window probe; some send
 * a byte along) and is answered.
 */
bool ending_used(const struct journey *j, const struct ending *e)
{
	bool old = !strcmp(e->reason, "TCP_OLD_SEQUENCE") || !strcmp(e->reason, "TCP_OLD_DATA");

	if (text_starts(e->function, "sctp_recvmsg"))
		return true;
	/* ping's raw socket has its copy, and will read it */
	if (refused_by_ping(e) && is_echo_reply(&j->packet) && e->shared)
		return true;
	if (j->packet.proto != IPPROTO_TCP || j->sent_reset ||
	    j->packet.tcp_flags & (TH_FIN | TH_SYN | TH_RST))
		return false;
	if (old)
		return j->len <= 1;
	return !j->len && !strcmp(e->reason, "NOT_SPECIFIED") &&
	       (text_starts(e->function, "tcp_rcv_state_process") ||
		text_starts(e->function, "tcp_drop"));
}

static bool is_queued(const struct journey *j, const struct ending *e)
{
	enum wb_station s = station_before(j, e);

	return s == WB_STATION_QDISC || s == WB_STATION_DRIVER_TX;
}

/* On its way out when it ended: lists are freed there, too, of what a queue refused. */
static bool is_sent(const struct journey *j, const struct ending *e)
{
	return is_queued(j, e) || station_before(j, e) == WB_STATION_TC_OUT;
}

enum wb_station ending_tc_side(const struct journey *j, const struct ending *e)
{
	enum wb_station s = station_before(j, e);

	return s == WB_STATION_RX || s == WB_STATION_XDP || s == WB_STATION_TC_IN
		       ? WB_STATION_TC_IN
		       : WB_STATION_TC_OUT;
}

/* What else these two free in peace has been queued before: a large packet that was cut. */
bool ending_stolen(const struct journey *j, const struct ending *e)
{
	bool in = text_starts(e->function, "__netif_receive_skb_core") ||
		  text_starts(e->function, "sch_handle_ingress");

	if (e->is_drop || !e->after_step || e->after_step < j->n_steps)
		return false;
	if (in)
		return ending_tc_side(j, e) == WB_STATION_TC_IN;
	return ending_tc_side(j, e) == WB_STATION_TC_OUT && !is_queued(j, e) &&
	       (text_starts(e->function, "__dev_queue_xmit") ||
		text_starts(e->function, "sch_handle_egress"));
}

#define WG_KEEPALIVE 32 /* bytes of a message without data */

bool ending_refused(const struct journey *j, const struct ending *e)
{
	bool decrypted = text_starts(e->function, "wg_packet_rx_poll") ||
			 text_starts(e->function, "wg_packet_consume_data");
	const struct wb_packet *p = journey_last_packet(j); /* what it was sealed in */

	return decrypted && !e->is_drop && p->proto == IPPROTO_UDP && p->payload > WG_KEEPALIVE;
}

bool ending_answered(const struct ending *e)
{
	return !e->is_drop &&
	       (text_starts(e->function, "nft_synproxy") || text_starts(e->function, "synproxy_") ||
		text_starts(e->function, "ipv4_synproxy") ||
		text_starts(e->function, "ipv6_synproxy"));
}

/*
 * A broadcast, or a group that somebody here joined, and a port that nobody has: it was for whoever
 * listens (UdpIgnoredMulti).
 */
static bool nobodys_broadcast(const struct journey *j, const struct ending *e)
{
	return j->for_many && ending_of_udp(e);
}

/* The answer to a SYN, sent again: this host's acknowledgement was lost or late. */
static bool syn_answered_again(const struct journey *j, const struct ending *e)
{
	return !strcmp(e->reason, "TCP_INVALID_SYN") &&
	       (j->packet.tcp_flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK);
}

/* No reason, or one that says no more than that this host has no use for the address. */
static bool is_nobodys_address(const struct ending *e)
{
	return !e->reason[0] || !strcmp(e->reason, "NOT_SPECIFIED") ||
	       !strcmp(e->reason, "IP_INADDRERRORS");
}

bool ending_for_others(const struct ending *e)
{
	if (!e->is_drop || !e->copied)
		return false;
	if (e->pkt_type == PACKET_OTHERHOST)
		return !strcmp(e->reason, "OTHERHOST") || text_starts(e->function, "ip_rcv_core") ||
		       text_starts(e->function, "ip6_rcv_core");
	return (e->pkt_type == PACKET_BROADCAST || e->pkt_type == PACKET_MULTICAST) &&
	       (text_starts(e->function, "ip_rcv_finish") || !strcmp(e->function, "ip_error")) &&
	       is_nobodys_address(e);
}

bool ending_harmless(const struct journey *j, const struct ending *e)
{
	const struct reason_row *r = catalogue_reason(e->reason);

	if (ending_unresolved(j, e))
		return false;
	if ((r && r->benign) || ending_for_others(e) || ending_purged(j, e) || late(j, e) ||
	    ending_used(j, e) || nobodys_broadcast(j, e) || syn_answered_again(j, e))
		return true;
	/* the raw socket of ping took its own copy; the kernel's ping sockets didn't want theirs */
	if (refused_by_ping(e) && is_echo_reply(&j->packet))
		return true;
	/* groups that this host did not join: neighbour discovery, MLD, IGMP */
	if (!strcmp(e->function, "ip6_mc_input"))
		return true;
	/* before 6.3 it frees all that it took like this, and what it can't answer later, too */
	if (!strcmp(e->function, "icmpv6_rcv") && !j->no_way_back &&
	    (!e->reason[0] || !strcmp(e->reason, "NOT_SPECIFIED")))
		return true;
	/* the message that tells a queue's program of a packet; the packet has an end of its own */
	if (!j->packet.family &&
	    (text_starts(e->function, "nfqnl_") || text_starts(e->function, "__nfqnl_")))
		return true;
	/* a question by netlink, which is asked with a packet that nobody sent */
	if (!strcmp(e->function, "inet_rtm_getroute") || !strcmp(e->function, "inet6_rtm_getroute"))
		return true;
	if (j->packet.proto == IPPROTO_IGMP && text_starts(e->function, "ip_rcv_finish"))
		return true;
	/* copies of an ICMP error, with which a tunnel's end tells the inner sender of it */
	if (text_starts(e->function, "ip6_err_gen_icmpv6") ||
	    text_starts(e->function, "ip4ip6_err") || text_starts(e->function, "ip6ip6_err"))
		return true;
	/* it cuts large packets itself, and each of their segments tells its own end */
	if (!strcmp(e->function, "tbf_enqueue"))
		return true;
	/* what spanning tree takes in is freed like this, too, and others don't want it */
	if (text_starts(e->function, "stp_pdu_rcv") || text_starts(e->function, "br_stp_rcv"))
		return true;
	/* part of a packet that was put together, and freed as that was: which tells its own end */
	if (!strcmp(e->function, "skb_release_data") ||
	    (text_starts(e->function, "kfree_skb_list") && packet_fragment(&j->packet) >= 0 &&
	     !is_sent(j, e)))
		return true;
	return text_starts(e->function, "packet_rcv") || text_starts(e->function, "tpacket_rcv") ||
	       text_starts(e->function, "netlink_") || text_starts(e->function, "unix_");
}

const char *ending_reason(const struct journey *j, const struct ending *e)
{
	/* ip_forward and ip6_forward free for all that they refuse at one place; 5.10 */
	static const struct {
		const char *function;
		uint8_t family, type, code;
		const char *reason;
	} rows[] = {
		{"ip_forward", 4, 11, 0, "IP_INHDR"},
		{"ip_forward", 4, 3, 4, "PKT_TOO_BIG"},
		{"ip6_forward", 6, 3, 0, "IP_INHDR"},
		{"ip6_forward", 6, 2, 0, "PKT_TOO_BIG"},
	};
	bool v6 = !strcmp(e->function, "ip6_forward");

	if (e->reason[0] || (!v6 && strcmp(e->function, "ip_forward")))
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && j->has_icmp; i++)
		if (!strcmp(e->function, rows[i].function) && j->icmp.family == rows[i].family &&
		    j->icmp.type == rows[i].type && j->icmp.code == rows[i].code)
			return rows[i].reason;
	if (j->packet.ttl <= 1)
		return "IP_INHDR";
	return v6 ? "IP_INADDRERRORS" : NULL;
}
