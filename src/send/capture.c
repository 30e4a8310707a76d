/* SPDX-License-Identifier: GPL-2.0-only */
/* See capture.h; the formats are libpcap's business. */
#include "send/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>

/* Link types, by what stands before the network header. */
static const struct {
	int link;
	size_t header;
	int ethertype_at; /* in it, -1: the IP header's version tells */
	bool ethernet;
} links[] = {
	{DLT_EN10MB, 14, 12, true},	{DLT_RAW, 0, -1, false},	{DLT_IPV4, 0, -1, false},
	{DLT_IPV6, 0, -1, false},	{DLT_NULL, 4, -1, false},	{DLT_LOOP, 4, -1, false},
	{DLT_LINUX_SLL, 16, 14, false}, {DLT_LINUX_SLL2, 20, 0, false},
};

static int find_link(int link)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].link == link)
			return i;
	return -1;
}

static const char *convert(int link, const struct pcap_pkthdr *h, const uint8_t *b,
			   struct capture_frame *c)
{
	size_t head = links[link].header, n;

	if (h->caplen < h->len)
		return "it is cut off";
	if (h->caplen < head + 20)
		return "it is too short";
	n = links[link].ethernet ? h->caplen : h->caplen - head + SEND_ETH_LEN;
	if (n > sizeof(c->bytes))
		return "it is longer than can be put in";
	if (links[link].ethernet) {
		memcpy(c->bytes, b, n);
	} else {
		memset(c->bytes, 0, SEND_ETH_LEN);
		memcpy(c->bytes + SEND_ETH_LEN, b + head, n - SEND_ETH_LEN);
		if (links[link].ethertype_at >= 0)
			memcpy(c->bytes + 12, b + links[link].ethertype_at, 2);
		else
			memcpy(c->bytes + 12, b[head] >> 4 == 6 ? "\x86\xdd" : "\x08\0", 2);
		c->l3 = true;
	}
	c->n = n;
	return NULL;
}

int capture_read(FILE *f, int (*fn)(void *arg, const struct capture_frame *c), void *arg, char *err,
		 size_t size)
{
	static struct capture_frame c;
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_fopen_offline(f, why);
	struct pcap_pkthdr *h;
	const uint8_t *b;
	int link, r = 0;

	if (!p) {
		fclose(f);
		snprintf(err, size, "%s", why);
		return -EINVAL;
	}
	link = find_link(pcap_datalink(p));
	if (link < 0) {
		snprintf(err, size, "its packets have link type %d, which is not known here",
			 pcap_datalink(p));
		r = -EINVAL;
	}
	for (uint32_t i = 1; !r && (r = pcap_next_ex(p, &h, &b)) == 1; i++) {
		const char *wrong;

		c.n = 0;
		c.number = i;
		c.l3 = false;
		wrong = convert(link, h, b, &c);
		snprintf(c.why, sizeof(c.why), "%s", wrong ? wrong : "");
		r = fn(arg, &c);
	}
	if (r == PCAP_ERROR_BREAK)
		r = 0;
	else if (r == PCAP_ERROR) {
		snprintf(err, size, "%s", pcap_geterr(p));
		r = -EINVAL;
	}
	pcap_close(p);
	return r;
}
