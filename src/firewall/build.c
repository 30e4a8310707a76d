/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of a model, and attributes of netlink messages that may hold anything. */
#include "firewall/build.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/hex.h"

void *fw_alloc(struct firewall *f, size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!(f->n_owned & (f->n_owned - 1)))
		f->owned = realloc(f->owned, (f->n_owned ? 2 * f->n_owned : 1) * sizeof(void *));
	if (!p || !f->owned)
		abort();
	f->owned[f->n_owned++] = p;
	return p;
}

void fw_more_chains(struct firewall *f, size_t n)
{
	struct fw_chain *more = fw_alloc(f, f->n_chains + n, sizeof(*more));

	if (f->n_chains)
		memcpy(more, f->chains, f->n_chains * sizeof(*more));
	f->chains = more;
}

void fw_unread(struct firewall *f, const char *what)
{
	if (!f->unread[0])
		snprintf(f->unread, sizeof(f->unread), "%s", what);
}

uint8_t *fw_bytes(struct firewall *f, const char *hex, size_t *ret_n)
{
	uint8_t *bytes;

	if (!hex)
		return NULL;
	bytes = fw_alloc(f, strlen(hex) / 2 + 1, 1);
	*ret_n = hex_read(hex, bytes);
	return *ret_n == SIZE_MAX ? NULL : bytes;
}

bool fw_attrs(const void *from, size_t n, const struct nlattr **ret, size_t max)
{
	const uint8_t *p = from;

	memset(ret, 0, (max + 1) * sizeof(*ret));
	while (n >= sizeof(struct nlattr)) {
		const struct nlattr *a = (const void *)p;
		size_t len = a->nla_len, type = a->nla_type & NLA_TYPE_MASK, step;

		if (len < sizeof(*a) || len > n)
			return false;
		if (type && type <= max)
			ret[type] = a;
		step = NLA_ALIGN(len);
		if (step >= n)
			break;
		p += step;
		n -= step;
	}
	return true;
}

bool fw_nested(const struct nlattr *a, const struct nlattr **ret, size_t max)
{
	memset(ret, 0, (max + 1) * sizeof(*ret));
	return a && fw_attrs(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a), ret, max);
}

uint32_t fw_u32(const struct nlattr *a)
{
	uint32_t v = 0;

	if (a && mnl_attr_get_payload_len(a) == sizeof(v))
		memcpy(&v, mnl_attr_get_payload(a), sizeof(v));
	return ntohl(v);
}

uint64_t fw_u64(const struct nlattr *a)
{
	uint64_t v = 0;

	if (a && mnl_attr_get_payload_len(a) == sizeof(v))
		memcpy(&v, mnl_attr_get_payload(a), sizeof(v));
	return be64toh(v);
}

const char *fw_string(const struct nlattr *a)
{
	size_t n = a ? mnl_attr_get_payload_len(a) : 0;
	const char *s = n ? mnl_attr_get_payload(a) : NULL;

	return s && n <= FW_NAME && memchr(s, 0, n) ? s : NULL;
}

bool fw_data(const struct nlattr *a, const uint8_t **ret, size_t *ret_n)
{
	const struct nlattr *in[NFTA_DATA_MAX + 1];

	if (!fw_nested(a, in, NFTA_DATA_MAX) || !in[NFTA_DATA_VALUE])
		return false;
	*ret = mnl_attr_get_payload(in[NFTA_DATA_VALUE]);
	*ret_n = mnl_attr_get_payload_len(in[NFTA_DATA_VALUE]);
	return *ret_n && *ret_n <= FW_REGS;
}

bool fw_verdict(const struct nlattr *a, struct fw_verdict *ret)
{
	const struct nlattr *in[NFTA_DATA_MAX + 1], *v[NFTA_VERDICT_MAX + 1];

	if (!fw_nested(a, in, NFTA_DATA_MAX) ||
	    !fw_nested(in[NFTA_DATA_VERDICT], v, NFTA_VERDICT_MAX) || !v[NFTA_VERDICT_CODE])
		return false;
	ret->code = fw_u32(v[NFTA_VERDICT_CODE]);
	ret->name = fw_string(v[NFTA_VERDICT_CHAIN]);
	return true;
}

int fw_register(uint32_t number, size_t len)
{
	size_t at;

	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		at = (number - NFT_REG_1) * 16;
	else if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		at = (number - NFT_REG32_00) * 4;
	else
		return -1;
	return len <= FW_REGS - at ? (int)at : -1;
}

void firewall_free(struct firewall *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_owned; i++)
		free(f->owned[i]);
	free(f->owned);
	free(f);
}
