/* SPDX-License-Identifier: GPL-2.0-only */
/* The shared maps and globals themselves; their types and meaning are in maps.bpf.h. */
#include "maps.bpf.h"

struct rings_map rings SEC(".maps");
struct tracks_map tracks SEC(".maps");
struct skbs_map skbs SEC(".maps");
struct socks_map socks SEC(".maps");
struct cpus_map cpus SEC(".maps");
struct losses_map losses SEC(".maps");
struct looked_map looked SEC(".maps");
struct slots_map slots SEC(".maps");
struct paths_map paths SEC(".maps");
struct groups_map groups SEC(".maps");
struct sums_map sums SEC(".maps");
struct waits_map waits SEC(".maps");
struct programs_map programs SEC(".maps");

const volatile struct wb_config cfg = {};
const volatile __u8 function_args[WB_PROBE_MAX] = {};
__s64 live = 0;
__u32 n_groups[WB_LEVELS] = {};
bool resting = false;
bool queued = false;
__u64 nothing = 0;

char LICENSE[] SEC("license") = "GPL";

__noinline int lose(__u32 cause)
{
	lose_here(cause);
	return 0;
}
