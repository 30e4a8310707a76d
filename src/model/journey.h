/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A finished journey: what every sink prints and every resolver completes. Plain data.
 * How steps become journeys is in src/journey/; who fills in names and deciders: src/causes/.
 */
#ifndef WAYBILL_MODEL_JOURNEY_H
#define WAYBILL_MODEL_JOURNEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/decider.h"
#include "model/packet.h"
#include "waybill/event.h"
#include "waybill/probe.h"
#include "waybill/station.h"

/* X(ID, name) */
#define OUTCOMES(X)                                                                                \
	X(DELIVERED, "delivered")                                                                  \
	X(TRANSMITTED, "transmitted")                                                              \
	X(DROPPED, "dropped")                                                                      \
	X(QUEUED, "queued")                                                                        \
	X(NEVER_SENT, "never_sent")                                                                \
	X(BENIGN, "benign")                                                                        \
	X(UNFINISHED, "unfinished")

enum outcome {
#define X(id, name) OUTCOME_##id,
	OUTCOMES(X)
#undef X
		OUTCOME_MAX
};
const char *outcome_name(enum outcome o);

/* Verdict of a step, as printed: X(ID, json and text, fatal) */
#define VERDICTS(X)                                                                                \
	X(NONE, "", false)                                                                         \
	X(PASS, "pass", false)                                                                     \
	X(ACCEPT, "accept", false)                                                                 \
	X(FORWARD, "forward", false)                                                               \
	X(LOCAL, "local", false)                                                                   \
	X(DROP, "drop", true)                                                                      \
	X(REJECT, "reject", true)                                                                  \
	X(ABORTED, "aborted", true)                                                                \
	X(TX, "tx", false)                                                                         \
	X(REDIRECT, "redirect", false)                                                             \
	X(STOLEN, "stolen", false)                                                                 \
	X(QUEUE, "queue", false)                                                                   \
	X(NO_ROUTE, "no_route", true)                                                              \
	X(BLACKHOLE, "blackhole", true)                                                            \
	X(UNREACHABLE, "unreachable", true)                                                        \
	X(PROHIBIT, "prohibit", true)                                                              \
	X(RESOLVING, "resolving", false)                                                           \
	X(FAILED, "failed", true)                                                                  \
	X(CONSUMED, "consumed", false)                                                             \
	X(READ, "read", false)                                                                     \
	X(OK, "ok", false)

enum verdict {
#define X(id, name, fatal) VERDICT_##id,
	VERDICTS(X)
#undef X
		VERDICT_MAX
};
const char *verdict_name(enum verdict v);
bool verdict_is_fatal(enum verdict v);
/* What an XDP program's return value means; one that XDP does not know aborts. */
enum verdict verdict_of_xdp(int64_t action);

struct place { /* where a step happened; names are filled in by src/causes/, "" until then */
	uint32_t netns_inum;
	uint32_t ifindex;
	char netns[64];
	char dev[16];
};

struct step_route {
	bool has;
	struct wb_route_body raw;
	char out_dev[16];
	char via[48];
	char prefix[64];
};

struct step_ct {
	bool has;
	struct wb_ct raw;
};

struct step_task {
	bool has;
	struct wb_task raw;
};

struct step {
	uint64_t dt_ns; /* since the journey's first event */
	uint64_t skb;
	enum wb_station station;
	enum verdict verdict;
	struct place at;
	uint16_t cpu;
	uint16_t probe; /* enum wb_probe of the first event that showed this step */
	uint32_t len;
	bool unused;	/* a hook at which nobody stands but waybill */
	bool rewritten; /* packet holds the headers after a rewrite at this step */
	struct wb_packet packet;
	struct step_ct ct;
	struct step_route route;
	struct step_task task;	     /* the process, at socket.send, socket.read and never_sent */
	struct wb_sock_body *sock;   /* owned, NULL unless a socket was told */
	struct wb_qdisc_body *qdisc; /* owned, NULL ... */
	struct wb_neigh_body *neigh; /* owned */
	struct decider *decider;     /* reference owned, NULL unknown or none */
	enum decider_kind judge;     /* what kind of thing refused it, which one is not known yet */
	char function[64];	     /* -v: the kernel function, "" none */
	char note[112]; /* anything else worth a few words ("merged into #12"), "" none */
};

struct drop {
	enum wb_layer layer;
	enum wb_station station;
	char reason[48];	 /* kernel's name without prefix, or waybill's own */
	bool reason_is_location; /* reason_source: location */
	uint32_t reason_raw;
	uint64_t location_raw;
	char location[64]; /* function name */
	char module[56];   /* of that function; "": the kernel itself */
	uint32_t location_offset;
	struct place at;
	struct decider *decider; /* reference owned */
	enum decider_kind judge; /* the step's */
	uint64_t hooks;	   /* bits of stations: hooks at which it may have died, none was seen; 0:
			      known */
	char not_read[64]; /* what could not be asked, so its decider is not certain; "" nothing */
	uint64_t sk;
	uint8_t behind[8]; /* as in struct wb_drop_body */
	bool mark_known;   /* of one packet, not of many that are counted as one */
	uint32_t mark;	   /* when it was freed */
	uint8_t pkt_type;  /* PACKET_*, likewise */
};

struct link { /* to another packet, which has a journey of its own */
	enum wb_link_how how;
	bool is_parent;	 /* this packet came out of the other; else it went into it */
	uint64_t other;	 /* its kernel id; 0 unknown */
	uint64_t number; /* its journey's; 0: not known */
};

/* One sk_buff of the packet was freed; which of them is the packet's end, causes/fate.h decides. */
struct ending {
	bool is_drop;
	bool last; /* the data went with it */
	uint64_t skb;
	uint64_t ts_ns;
	uint64_t location_raw;
	uint32_t reason_raw; /* ~0: this kernel has no reasons */
	uint64_t sk;
	uint8_t behind[8]; /* as in struct wb_drop_body */
	bool copied;	   /* one of several copies, of which not all were for other hosts */
	uint8_t pkt_type;  /* PACKET_* of linux/if_packet.h */
	bool shared;	   /* others had copies: a socket, say */
	bool mark_known;   /* false: it stands for many packets */
	uint32_t mark;
	uint64_t after_step; /* number of steps that came before it */
	struct place at;
	char function[64]; /* location by symbol, filled in by src/causes/ */
	char module[56];
	uint32_t offset;
	char reason[48];
};

/* In what packets that are counted as one differ: nothing is concluded from that of the first. */
enum {
	VARIES_SPORT = 1,
	VARIES_SOURCE = 2, /* address */
	VARIES_TARGET = 4, /* address and port */
	VARIES_PROTO = 8,
	VARIES_ADDRESSES = VARIES_SOURCE | VARIES_TARGET,
};

/* How a packet that waybill send made, or an answer to it, was ended by waybill itself. */
enum swallowed {
	SWALLOWED_NOT,
	SWALLOWED_LEAVING,  /* it would have left through a device */
	SWALLOWED_ARRIVING, /* a socket would have got it */
	SWALLOWED_WAITING,  /* for a neighbour that was not asked, or other fragments */
};

struct journey {
	uint64_t id;		    /* kernel id */
	uint64_t number;	    /* #1, #2 ... in the order of their first sight */
	uint64_t retransmission_of; /* TCP: number of the journey of the same data, 0 none */
	uint64_t flow_id;
	uint64_t ts_ns;	  /* bpf_ktime of the first event */
	uint64_t wall_ns; /* the same as wall clock */
	uint64_t duration_ns;
	enum outcome outcome;
	struct wb_packet packet; /* as first seen */
	bool has_packet;
	uint32_t
		len; /* payload bytes that the contract prints: transport payload, else IP length */
	uint32_t segments;
	struct step *steps;
	size_t n_steps;
	struct drop drop; /* outcome dropped or benign */
	bool has_drop;
	struct ending *endings; /* in the order of time */
	size_t n_endings;
	bool end_only;		  /* nobody looked at its way, only at its end */
	uint64_t watched;	  /* bits of stations: hooks that tell of whoever comes to them */
	unsigned varies;	  /* VARIES_*: it stands for many packets, which differ in these */
	bool idle;		  /* closed because nothing was seen any more */
	bool cut_up;		  /* it went on as fragments, which are journeys of their own */
	bool unasked;		  /* the filter does not match it, but one that caused it */
	bool captured;		  /* a packet socket had it, and its process read it there */
	uint64_t last_copy_ns;	  /* when the last of its copies began, as ts_ns; 0: none did */
	bool for_many;		  /* at its end its address was one of many hosts */
	bool sent_reset;	  /* TCP, or a rule, answered with a reset */
	bool ignored;		  /* taken in, and the answer that was due did not come */
	bool closed_unread;	  /* its socket was closed, and nobody had read it */
	bool no_way_back;	  /* there was no route for its answer */
	struct wb_icmp_body icmp; /* an ICMP error was sent because of it */
	bool has_icmp;
	bool icmp_watched;		/* had one been sent, it would have been told */
	bool answer_lost;		/* the ICMP error, or the reset, died on its way back */
	struct decider *answer_decider; /* reference owned: by whom, NULL unknown */
	bool part_lost;			/* a fragment of it was dropped */
	int part_at;			/* where in it that one begins, in bytes */
	struct decider *part_decider;	/* reference owned: by whom, NULL unknown */
	struct link *links;
	size_t n_links;
	int send_errno; /* never_sent: positive errno */
	/* never_sent: all that is known of it as one event; the book's, while that tells of it */
	const struct wb_event *send_failed;
	bool gap;		  /* events were lost while it was open: steps may be missing */
	bool headless;		  /* its beginning is missing */
	bool truncated;		  /* more steps than are kept */
	bool made;		  /* put in by waybill send; */
	enum swallowed swallowed; /* and where it was kept from going on */
	char would[256];	  /* what would have followed there, "" nothing to say */
	bool late;		  /* others that were seen later are told already */
	char sender_sees[24];
	char why[384];
	char next[512];
	struct wb_raw raw; /* first bytes, caplen 0: none */
};

/* "leaving", "arriving", "waiting"; "" it was not. */
const char *swallowed_name(enum swallowed s);

/* Frees what a journey owns, not the struct itself. A zeroed or half-built journey is fine. */
void journey_clear(struct journey *j);

/* All of it, with copies of what j owns; the caller clears *ret. 0 or -ENOMEM. */
int journey_copy(struct journey *ret, const struct journey *j);

/* Of which packet it is a copy, by kernel id; 0: of none. */
uint64_t journey_copy_of(const struct journey *j);

/* Takes away the steps from the nth on; 0: and their room. */
void journey_cut(struct journey *j, size_t n);

/* The headers as they were at the end, after all rewrites. */
const struct wb_packet *journey_last_packet(const struct journey *j);

/* Did packets that are alike to whoever decides die at the same place, for the same reason? */
bool journey_same_drop(const struct journey *a, const struct journey *b);

/* Did a process send it, and was it still in that send when it died? */
bool journey_in_send(const struct journey *j);

/* Is it a connect() that failed, before there was a packet? */
bool journey_is_connect(const struct journey *j);

/* Had the queueing discipline that it was dropped by taken it? False: also where no probe tells. */
bool journey_queued(const struct journey *j);

/* The words of the conntrack state in a step: "new", "established", "untracked"... */
const char *ct_state_name(const struct wb_ct *ct);
const char *station_name(enum wb_station s);
const char *station_room(enum wb_station s);
const char *station_place(enum wb_station s);
enum wb_layer station_layer(enum wb_station s);
const char *layer_name(enum wb_layer l);
/* WB_STATION_NONE: no such name. */
enum wb_station station_by_name(const char *name);

#endif
