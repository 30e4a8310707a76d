/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --nft-trace: in one network namespace a table of waybill's own, which the kernel deletes with the
 * process, switches nftables' tracing on for packets, and a listener hears what becomes of them.
 */
#ifndef WAYBILL_COLLECT_NFT_TRACE_H
#define WAYBILL_COLLECT_NFT_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "model/nft_verdict.h"

struct nft_trace;
typedef void (*nft_trace_fn)(void *arg, const struct nft_verdict *v);

/*
 * In the namespace that the calling thread is in, whose inode number is netns. matches: conditions
 * as nft has them, one rule each. 0, or -errno with a sentence in err.
 */
int nft_trace_new(struct nft_trace **ret, uint32_t netns, char *const *matches, size_t n_matches,
		  char *err, size_t size);
void nft_trace_free(struct nft_trace *t); /* the table goes */

/* Hands out the drops and queueings that were told since. Returns how often messages were lost. */
uint64_t nft_trace_read(struct nft_trace *t, nft_trace_fn fn, void *arg);

#endif
