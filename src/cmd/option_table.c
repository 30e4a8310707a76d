/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of options: a row is one, with its help. Nothing is parsed here. */
#include "cmd/option.h"

#include <stddef.h>

/* Commands that attach probes, that count, and that print journeys. */
#define FOR_COUNTING (FOR_DROPS | FOR_TOP | FOR_EXPORT)
#define FOR_LIVE     (FOR_TRACE | FOR_RECORD | FOR_COUNTING | FOR_FLOWS)
#define FOR_JOURNEYS (FOR_TRACE | FOR_READ)
#define FOR_PRINTING (FOR_JOURNEYS | FOR_FLOWS)
/* Commands that a recording may be read by. */
#define FOR_REPLAY (FOR_READ | FOR_FLOWS | FOR_DIFF | FOR_REPORT | FOR_DROPS)

/* Commands in which journeys are chosen by what became of them. */
#define FOR_CHOOSING (FOR_PRINTING | FOR_DIFF | FOR_REPORT)

/* An option may have a row for each command that it means something else to. */
const struct option option_table[] = {
#define O(field) offsetof(struct options, field)
	{"interface", 'i', T_LIST, O(interface), FOR_LIVE | FOR_REPLAY, "IF",
	 "only packets seen on this interface (default any); may be repeated"},
	{"interface", 'i', T_LIST, O(interface), FOR_STATIONS, "IF",
	 "only what stands at this interface"},
	{"netns", 'N', T_LIST, O(netns), FOR_LIVE | FOR_REPLAY, "NS",
	 "only this network namespace: a name, a path, a pid or an inode number; may be repeated"},
	{"netns", 'N', T_LIST, O(netns), FOR_STATIONS, "NS",
	 "of this network namespace: a name, a path, a pid or an inode number"},
	{"netns", 'N', T_LIST, O(netns), FOR_SEND, "NS",
	 "in this network namespace: a name, a path, a pid or an inode number"},
	{"in", 0, T_STRING, O(in), FOR_SEND, "DEV",
	 "put the packet in as if this device had received it"},
	{"out", 0, T_FLAG, O(out), FOR_SEND, NULL,
	 "put the packet in as if a process of this host had sent it"},
	{"handshake", 0, T_FLAG, O(handshake), FOR_SEND, NULL,
	 "behind a SYN also the answer that a server would give, and the ACK"},
	{"uid", 0, T_AMOUNT, O(uid), FOR_SEND, "UID", "--out: as this user (a number; default 0)"},
	{"cgroup", 0, T_STRING, O(as_cgroup), FOR_SEND, "PATH",
	 "--out: from a process in this cgroup (/system.slice)"},
	{"mark", 0, T_STRING, O(as_mark), FOR_SEND, "VALUE", "--out: from a socket with this mark"},
	{"read", 'r', T_STRING, O(read), FOR_SEND, "FILE",
	 "instead of a described packet those of a capture (pcap, pcapng; - is standard input)"},
	{"rewrite", 0, T_LIST, O(rewrite), FOR_SEND, "OLD=NEW",
	 "-r: this address, or ADDRESS:PORT, becomes that one; may be repeated"},
	{"matrix", 0, T_STRING, O(matrix), FOR_SEND, "FILE",
	 "lines of [in DEV|out] PACKET => OUTCOME[:STATION[:REASON]]: one line each with what "
	 "became of it; exit 3 if one differs"},
	{"tap", 0, T_FLAG, O(tap), FOR_SEND, NULL, "--matrix: as TAP, for a test runner"},
	{"dry", 0, T_FLAG, O(dry), FOR_SEND, NULL,
	 "only print the packet with what is filled in; -v: and its bytes"},
	{"let-out", 0, T_FLAG, O(let_out), FOR_SEND, NULL,
	 "let it leave through a device, and answers, too"},
	{"deliver", 0, T_FLAG, O(deliver), FOR_SEND, NULL, "let it reach a socket here"},
	{"keep-conntrack", 0, T_FLAG, O(keep_conntrack), FOR_SEND, NULL,
	 "leave the conntrack entry that it made"},
	{"read", 'r', T_STRING, O(read), FOR_REPLAY, "FILE",
	 "from a recording; - is standard input, gzip is understood"},
	{"output", 'o', T_STRING, O(output), FOR_REPORT, "FILE",
	 "where the page goes; - is standard output"},
	{"count", 'c', T_NUMBER, O(count), FOR_JOURNEYS | FOR_RECORD | FOR_FLOWS, "N",
	 "stop after N journeys"},
	{"duration", 0, T_TIME, O(duration_ns), FOR_LIVE, "TIME",
	 "stop after TIME (500ms, 10s, 2m)"},
	{"until-exit", 0, T_STRING, O(until_exit), FOR_LIVE & ~FOR_TOP, "CMD",
	 "run CMD when all probes are attached, and stop when it ends"},
	{"pid", 0, T_NUMBER, O(pid), FOR_CHOOSING, "PID",
	 "only packets that this process sent or read, or whose fate its socket decided"},
	{"comm", 0, T_STRING, O(comm), FOR_CHOOSING, "NAME",
	 "the same, by the process's name (15 characters of it are kept)"},
	{"cgroup", 0, T_STRING, O(cgroup), FOR_TRACE | FOR_FLOWS, "PATH",
	 "the same, by the cgroup that the process is in when its packet ends, or one below it "
	 "(/system.slice); not of a process that is gone by then, and not of a recording"},
	{"mark", 0, T_STRING, O(mark), FOR_CHOOSING, "VALUE[/MASK]",
	 "only packets that had this mark, their own or their connection's, where a station told "
	 "it"},
	{"where", 0, T_LIST, O(where), FOR_CHOOSING, "CONDITION",
	 "only journeys of which it holds: outcome, layer, reason, decider, station, netns or dev, "
	 "= or !=, a value (station=nf.forward, reason!=NO_SOCKET); repeated: all of them"},
	{"slowest", 0, T_NUMBER, O(slowest), FOR_JOURNEYS, "N",
	 "at the end, only the N journeys that took longest"},
	{"slowest", 0, T_NUMBER, O(slowest), FOR_FLOWS, "N",
	 "at the end, only the N conversations that took longest"},
	{"histogram", 0, T_FLAG, O(histogram), FOR_JOURNEYS, NULL,
	 "instead of the journeys: how long they took from each station to the next"},
	{"histogram", 0, T_FLAG, O(histogram), FOR_FLOWS, NULL,
	 "also how long packets of all conversations took from each station to the next"},
	{"drops-only", 'd', T_FLAG, O(drops_only), FOR_JOURNEYS | FOR_REPORT, NULL,
	 "only journeys that end in a drop"},
	{"drops-only", 'd', T_FLAG, O(drops_only), FOR_COUNTING, NULL,
	 "look at nothing but drops, which costs least"},
	{"slower-than", 's', T_TIME, O(slower_ns), FOR_JOURNEYS | FOR_REPORT, "TIME",
	 "only journeys that took longer (50us, 2ms)"},
	{"all", 'a', T_FLAG, O(all), FOR_PRINTING | FOR_DIFF | FOR_REPORT, NULL,
	 "also the harmless ends that are hidden by default (they are always counted)"},
	{"json", 'j', T_FLAG, O(json),
	 FOR_PRINTING | FOR_CHECK | FOR_EXPLAIN | FOR_DROPS | FOR_STATIONS | FOR_DIFF | FOR_SEND,
	 NULL, "JSON lines on standard output"},
	{"write", 'w', T_STRING, O(write), FOR_JOURNEYS | FOR_SEND, "FILE",
	 "also write a pcapng file, one packet a journey, the journey as its comment; - is "
	 "standard output, instead of the text"},
	{"write", 'w', T_STRING, O(write), FOR_RECORD, "FILE",
	 "the recording; - is standard output; NAME.gz is compressed"},
	{"rotate-size", 'C', T_FILE_SIZE, O(rotate_bytes), FOR_RECORD, "SIZE",
	 "go on in another file when there are SIZE million bytes in this one (or 64k, 4M): "
	 "FILE, FILE1, FILE2 ..."},
	{"rotate-seconds", 'G', T_NUMBER, O(rotate_seconds), FOR_RECORD, "SECONDS",
	 "go on in another file after SECONDS; FILE may have the time in it, as strftime(3) does "
	 "(%H%M%S)"},
	{"rotate-files", 'W', T_NUMBER, O(rotate_files), FOR_RECORD, "N",
	 "-C: at most N files, FILE0, FILE1 ..., then the oldest is written over; -G alone: stop "
	 "after N files"},
	{"write-at", 0, T_ENUM, O(write_at), FOR_JOURNEYS | FOR_SEND, "both,first,last",
	 "-w: a packet that NAT changed, as it was first seen, as it was last, or both (the "
	 "default: "
	 "each side of the NAT has the whole conversation)"},
	{"snaplen", 'S', T_AMOUNT, O(snaplen), FOR_JOURNEYS | FOR_SEND, "N",
	 "bytes of each packet in -w (default 262; 0: all that was kept)"},
	{"verbose", 'v', T_COUNTER, O(verbose), FOR_JOURNEYS | FOR_SEND, NULL,
	 "also kernel functions, and the rules that accept (send: always); -vv: raw values"},
	{"verbose", 'v', T_COUNTER, O(verbose), FOR_CHECK, NULL,
	 "also what is not observed, and why; -vv: also what libbpf says"},
	{"verbose", 'v', T_COUNTER, O(verbose), FOR_DROPS | FOR_STATIONS, NULL,
	 "taken as everywhere, and changes nothing here"},
	{"numeric", 'n', T_FLAG, O(numeric), FOR_JOURNEYS | FOR_DIFF | FOR_SEND, NULL,
	 "print numbers, not names"},
	{"numeric", 'n', T_FLAG, O(numeric), FOR_DROPS | FOR_TOP | FOR_STATIONS, NULL,
	 "taken as everywhere, and changes nothing here"},
	{"fold", 0, T_FLAG, O(fold), FOR_JOURNEYS | FOR_SEND, NULL,
	 "text: a journey like the one before it becomes a count (the default)"},
	{"no-fold", 0, T_FLAG, O(no_fold), FOR_JOURNEYS | FOR_SEND, NULL,
	 "text: print each journey whole"},
	{"brief", 0, T_FLAG, O(brief), FOR_JOURNEYS | FOR_SEND, NULL, "text: one line a journey"},
	{"time", 0, T_ENUM, O(time), FOR_JOURNEYS | FOR_DIFF | FOR_SEND,
	 "local,utc,epoch,date,relative,delta", "text: how times are written (default local)"},
	{"color", 0, T_ENUM, O(color), FOR_JOURNEYS | FOR_DIFF | FOR_SEND, "auto,always,never",
	 "when to use colours (NO_COLOR is honoured)"},
	{"color", 0, T_ENUM, O(color), FOR_DROPS | FOR_TOP, "auto,always,never",
	 "taken as everywhere, and changes nothing here"},
	{"mode", 0, T_ENUM, O(mode), FOR_LIVE | FOR_CHECK | FOR_SEND,
	 "auto,fentry,kprobe,tracepoint", "how kernel functions are observed"},
	{"attach", 0, T_LIST, O(attach), FOR_LIVE, "WHAT",
	 "an own observer that lets everything pass: xdp:IF[:native|generic], tc:IF or nf; may be "
	 "repeated"},
	{"nft-trace", 0, T_FLAG, O(nft_trace), FOR_TRACE | FOR_RECORD | FOR_FLOWS | FOR_SEND, NULL,
	 "let nftables trace the filtered packets where rules can't be observed"},
	{"read-only", 0, T_FLAG, O(read_only), FOR_LIVE | FOR_CHECK, NULL,
	 "attach nothing but probes"},
	{"fail-on-drop", 0, T_FLAG, O(fail_on_drop), FOR_JOURNEYS | FOR_SEND, NULL,
	 "exit 3 if a journey ended in a drop"},
	{"expect", 0, T_LIST, O(expect), FOR_JOURNEYS | FOR_SEND, "OUTCOME[:STATION[:REASON]]",
	 "exit 3 unless every journey ended so, and there was one; repeated: each journey as one "
	 "of "
	 "them says, and each of them fits one"},
	{"buffer", 0, T_SIZE, O(buffer), FOR_TRACE | FOR_RECORD | FOR_FLOWS, "SIZE",
	 "ring buffer of each CPU (64k, 4M; default chosen by memory)"},
	{"interval", 0, T_TIME, O(interval_ns), FOR_DROPS, "TIME",
	 "how often (default 1s; with --duration once, at the end)"},
	{"interval", 0, T_TIME, O(interval_ns), FOR_TOP | FOR_EXPORT, "TIME",
	 "how often (default 1s)"},
	{"interval", 0, T_TIME, O(interval_ns), FOR_FLOWS, "TIME",
	 "with -j: how often those that changed are told (default 1s)"},
	{"budget", 0, T_NUMBER, O(budget), FOR_COUNTING, "PERCENT",
	 "at most this share of a CPU's time for following packets (default 5); above it drops "
	 "alone are counted, and that is said"},
	{"by", 0, T_ENUM, O(by), FOR_DROPS, "iface,layer,reason,rule,program,netns",
	 "one line for each of these, instead of the sites"},
	{"listen", 0, T_STRING, O(listen), FOR_EXPORT, "ADDR:PORT", "serve the metrics there"},
	{"textfile", 0, T_STRING, O(textfile), FOR_EXPORT, "FILE",
	 "write the metrics there for the node exporter"},
	{"labels", 0, T_STRING, O(labels), FOR_EXPORT, "LIST",
	 "also who decided as labels: rule, program or rule,program; at most 50 of each"},
	{"quiet", 'q', T_FLAG, O(quiet), FOR_LIVE | FOR_REPLAY | FOR_SEND, NULL,
	 "nothing on standard error but errors"},
	{"version", 'V', T_FLAG, O(version), ~0U, NULL, "print the version"},
	{"help", 'h', T_FLAG, O(help), ~0U, NULL, "print this"},
#undef O
};
const size_t option_table_n = sizeof(option_table) / sizeof(option_table[0]);
