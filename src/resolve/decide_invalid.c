/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why conntrack called a packet invalid that a rule then dropped for it. The kernel doesn't tell, so
 * the reasons are told apart by whether the table has its connection, and by what begins one.
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <string.h>

#include "resolve/decide.h"
#include "util/text.h"

#define TCP	  6
#define UDP	  17
#define TCP_FIN	  0x01
#define TCP_SYN	  0x02
#define TCP_RST	  0x04
#define TCP_ACK	  0x10
#define TCP_STATE (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)

struct question {
	const struct wb_packet *p;
	bool known; /* its connection is in the table, in either direction */
	bool loose;
};

static int on_entry(const struct nlmsghdr *nlh, void *arg)
{
	(void)nlh;
	((struct question *)arg)->known = true;
	return MNL_CB_OK;
}

static void put_tuple(struct nlmsghdr *nlh, const struct wb_packet *p)
{
	bool six = p->family == 6;
	struct nlattr *tuple = mnl_attr_nest_start(nlh, CTA_TUPLE_ORIG), *part;

	part = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put(nlh, six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, six ? 16 : 4, p->saddr);
	mnl_attr_put(nlh, six ? CTA_IP_V6_DST : CTA_IP_V4_DST, six ? 16 : 4, p->daddr);
	mnl_attr_nest_end(nlh, part);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, p->proto);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(p->sport));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(p->dport));
	mnl_attr_nest_end(nlh, part);
	mnl_attr_nest_end(nlh, tuple);
}

static int ask_table(void *arg)
{
	struct question *q = arg;
	struct mnl_socket *s = mnl_socket_open(NETLINK_NETFILTER);
	char buf[8192];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;
	FILE *f = fopen("/proc/sys/net/netfilter/nf_conntrack_tcp_loose", "re");
	ssize_t n;

	q->loose = !f || fgetc(f) != '0';
	if (f)
		fclose(f);
	if (!s)
		return -1;
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));
	*g = (struct nfgenmsg){.nfgen_family = q->p->family == 6 ? AF_INET6 : AF_INET,
			       .version = NFNETLINK_V0};
	put_tuple(nlh, q->p);
	if (!mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(s, nlh, nlh->nlmsg_len) >= 0) {
		n = mnl_socket_recvfrom(s, buf, sizeof(buf));
		if (n > 0)
			mnl_cb_run(buf, n, 1, mnl_socket_get_portid(s), on_entry, q);
	}
	mnl_socket_close(s);
	return 0;
}

/* As tcp_error() of nf_conntrack_proto_tcp.c decides, 5.10 to 7.2. */
static bool flags_fit(const struct wb_packet *p)
{
	static const uint8_t fit[] = {TCP_SYN,		 TCP_SYN | TCP_ACK, TCP_RST,
				      TCP_RST | TCP_ACK, TCP_FIN | TCP_ACK, TCP_ACK};

	for (size_t i = 0; i < sizeof(fit); i++)
		if ((p->tcp_flags & TCP_STATE) == fit[i])
			return true;
	return p->proto != TCP;
}

/* As tcp_new() there. */
static bool begins_connection(const struct question *q)
{
	uint8_t flags = q->p->tcp_flags & TCP_STATE;

	return q->p->proto != TCP || flags == TCP_SYN || (flags == TCP_ACK && q->loose);
}

static const char *why_invalid(const struct question *q)
{
	if (!flags_fit(q->p))
		return "its TCP flags do not go together";
	if (q->known)
		return "outside its connection's window, or not fitting its state";
	return begins_connection(q) ? "its checksum or its lengths are wrong"
				    : "it belongs to no connection";
}

/* Does the rule drop what is invalid, and nothing else? */
static bool is_about_invalid(const struct decider *d)
{
	const char *text = decider_text(d, "rule");
	char rule[512];

	if ((d->kind != DECIDER_NFT_RULE && d->kind != DECIDER_IPTABLES_RULE) || !text)
		return false;
	text_unquoted(rule, sizeof(rule), text);
	return (strstr(rule, "ct state invalid") || strstr(rule, "state INVALID")) &&
	       !strstr(rule, "! --");
}

void decide_invalid(struct names *n, struct journey *j)
{
	struct question q = {.p = journey_last_packet(j)};

	if (!j->drop.decider || j->drop.decider->n_candidates ||
	    (q.p->proto != TCP && q.p->proto != UDP) || !is_about_invalid(j->drop.decider) ||
	    names_inside(n, j->drop.at.netns_inum, ask_table, &q))
		return;
	decider_set_text(j->drop.decider, "invalid", why_invalid(&q));
}
