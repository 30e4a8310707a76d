/* SPDX-License-Identifier: GPL-2.0-only */
/* A filter expression to both its forms, by libpcap; the translation itself is in translate.c. */
#include "filter/locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* linux/bpf.h and libpcap both have a struct bpf_insn; only libpcap's functions are wanted here. */
#define bpf_insn pcap_bpf_insn
#include <pcap/pcap.h>
#undef bpf_insn

#define SNAPLEN 262144

int filter_classic(int linktype, const char *expr, struct bpf_program *ret, char *err, size_t size)
{
	pcap_t *p = pcap_open_dead(linktype, SNAPLEN);
	int r = 0;

	if (!p)
		return -ENOMEM;
	if (pcap_compile(p, ret, expr, 1, PCAP_NETMASK_UNKNOWN)) {
		snprintf(err, size, "%s", pcap_geterr(p));
		r = -EINVAL;
	}
	pcap_close(p);
	return r;
}

static int code_init(struct filter_code *c, int linktype, const char *expr, unsigned *window,
		     char *err, size_t size)
{
	struct bpf_program *prog = calloc(1, sizeof(*prog));
	int r;

	if (!prog)
		return -ENOMEM;
	r = filter_classic(linktype, expr, prog, err, size);
	if (r) {
		free(prog);
		c->never = true;
		return r;
	}
	c->classic = prog;
	_Static_assert(sizeof(struct classic_insn) == sizeof(struct pcap_bpf_insn),
		       "libpcap's instruction");
	return filter_translate((const void *)prog->bf_insns, prog->bf_len, &c->insns, &c->n,
				window, err, size);
}

/*
 * As in tcpdump: "udp port 53" matches a packet whose VLAN tag the device has put aside, "vlan 5"
 * looks at that tag.
 */
static bool says_vlan(const char *expr)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_:";

	for (const char *p = strstr(expr, "vlan"); p; p = strstr(p + 1, "vlan"))
		if ((p == expr || !strchr(letters, p[-1])) && (!p[4] || !strchr(letters, p[4])))
			return true;
	return false;
}

int filter_compile(const char *expr, struct filter *ret, char *err, size_t err_size)
{
	char ignored[PCAP_ERRBUF_SIZE], err2[PCAP_ERRBUF_SIZE];
	int r2, r3;

	*ret = (struct filter){0};
	if (!expr || !expr[strspn(expr, " \t")]) {
		ret->all = true;
		return 0;
	}
	ret->vlan = says_vlan(expr);
	/*
	 * An expression about MAC headers can't be compiled for bare IP packets, and one that
	 * nothing with a MAC header matches is thinkable, too: that is no error. Only both is.
	 */
	r2 = code_init(&ret->l2, DLT_EN10MB, expr, &ret->window, err2, sizeof(err2));
	if (r2 && r2 != -EINVAL) {
		snprintf(err, err_size, "%s", err2);
		goto fail;
	}
	r3 = code_init(&ret->l3, DLT_RAW, expr, &ret->window, ignored, sizeof(ignored));
	if (r3 && r3 != -EINVAL) {
		snprintf(err, err_size, "%s", ignored);
		r2 = r3;
		goto fail;
	}
	if (!r2 || !r3)
		return 0;
	filter_locate(expr, err2, err, err_size);
fail:
	filter_clear(ret);
	return r2;
}

bool filter_match(const struct filter *f, bool l2, const void *data, size_t caplen, size_t len)
{
	const struct filter_code *c = l2 ? &f->l2 : &f->l3;
	const struct bpf_program *prog = c->classic;

	if (f->all)
		return true;
	if (c->never || !prog)
		return false;
	return bpf_filter(prog->bf_insns, data, len, caplen) != 0;
}

static void code_clear(struct filter_code *c)
{
	if (c->classic) {
		pcap_freecode(c->classic);
		free(c->classic);
	}
	free(c->insns);
	*c = (struct filter_code){0};
}

void filter_clear(struct filter *f)
{
	code_clear(&f->l2);
	code_clear(&f->l3);
}
