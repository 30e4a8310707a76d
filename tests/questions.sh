#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What waybill asks the kernel itself is what ip, bridge, tc, conntrack and ethtool say of the same
# namespace, field by field, as TAP; and names of any bytes come back as they are.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
own_place wbq questions

ASK=$OBJ/ask
ask() { A "$ASK" "$@"; }

# Numbers as the tools write them.
JQ='def hex: if . < 16 then "0123456789abcdef"[.:. + 1] else (. / 16 | floor | hex) + (. % 16 | hex) end;
def table: .table_name // (.table | tostring);
def protocol: {"2": "kernel", "3": "boot", "4": "static"}[tostring] // tostring;
def known(names): . as $o | reduce names[] as $k ({}; .[$k] = $o[$k]);
def sorted: (.flags // []) | map(ascii_downcase) | sort;'

# same NAME QUESTION ARGS JQ-OF-IT JQ-OF-THE-TOOL TOOL...: neither is empty, and both are the same.
same() {
	local name=$1 q=$2 args=$3 ours=$4 theirs=$5
	shift 5
	agree() {
		ask "$q" "$args" >"$DIR/ours.json" && A "$@" >"$DIR/theirs.json" || return 1
		jq -S "$JQ $ours" "$DIR/ours.json" >"$DIR/ours" && jq -S "$JQ $theirs" "$DIR/theirs.json" >"$DIR/theirs" &&
			grep -q '[^][{}, ]' "$DIR/ours" && diff "$DIR/ours" "$DIR/theirs"
	}
	check "$name" agree "$@"
}
fails() { # EXIT QUESTION ARGS
	ask "$2" "$3" >/dev/null 2>"$DIR/err"
	[ $? = "$1" ]
}

host A 0
tried() { A "$@" 2>/dev/null; } # what this kernel was built without is not there then
A ip link add br0 address 02:00:00:00:00:0b type bridge forward_delay 700 ageing_time 12300
tried ip link set br0 type bridge vlan_filtering 1
tried ip link set br0 type bridge mcast_snooping 0
for pair in v0:v1 v2:v3; do
	A ip link add "${pair%:*}" mtu 1400 type veth peer name "${pair#*:}"
done
tried ip link property add dev v1 altname the-other-end
tried ip link add link v1 name v1.7 type vlan id 7
tried ip link add vx0 type vxlan id 77 remote 10.9.0.9 dev br0 dstport 4789
tried ip link add gre7 type gre local 10.9.0.1 remote 10.9.0.7 ttl 9
tried ip link add vrf7 type vrf table 77
for port in v0 v2; do
	A ip link set "$port" master br0
done
for dev in br0 v0 v1 v2 v3; do
	A ip link set "$dev" up
done
A ip addr add 10.9.0.1/24 dev br0
A ip addr add fd00:9::1/64 dev br0 nodad
A ip route add blackhole 10.77.0.0/16
A ip route add unreachable 10.76.0.0/16 metric 9
A ip route add 10.78.0.0/16 via 10.9.0.2 mtu 1300 metric 5 src 10.9.0.1
A ip route add 10.79.0.0/16 dev br0 table 100
A ip route add prohibit 10.79.7.0/24 table 100
A ip route add 10.80.0.0/16 nexthop via 10.9.0.3 weight 2 nexthop via 10.9.0.4
A ip -6 route add fd00:78::/48 via fd00:9::2 metric 77
A ip nexthop add id 12 via 10.9.0.5 dev br0
A ip rule add from 10.1.0.0/16 fwmark 0x10/0xff lookup 100 pref 100
A ip rule add not iif lo prohibit pref 200
A ip rule add to 10.2.0.0/16 iif v1 prohibit pref 250
A ip rule add uidrange 7-9 ipproto udp dport 53-99 lookup 100 pref 300
A ip rule add oif v3 lookup main suppress_prefixlength 0 pref 400
A ip -6 rule add from fd00:1::/48 blackhole pref 70
A ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:09 dev br0
A ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:0a nud stale dev br0
A ip neigh add proxy 10.9.0.77 dev br0
A bridge link set dev v2 isolated on hairpin on learning off flood off
A bridge fdb add 02:00:00:00:00:55 dev v0 master static
tried bridge vlan add dev v0 vid 10-20
tried bridge vlan add dev v2 vid 30 pvid untagged
A tc qdisc add dev v1 clsact
for qdisc in "tbf rate 1mbit burst 4k limit 9000" "fq_codel limit 77" "pfifo limit 33"; do
	# shellcheck disable=SC2086 # words of one command
	tried tc qdisc replace dev v3 root $qdisc && break
done
A tc filter add dev v1 egress protocol ip pref 7 u32 match ip dst 10.3.0.0/16 action mirred egress redirect dev v3
tried tc filter add dev v1 ingress pref 3 bpf da obj "$OBJ/tc_shot.o" sec tc
tried tc filter add dev v1 egress pref 9 matchall action drop
A ping -qc3 -i0.2 127.0.0.1 >/dev/null

LINK='map(known(["ifindex", "ifname", "mtu", "operstate", "qdisc", "txqlen", "address", "broadcast", "master",
	"link", "link_type", "promiscuity", "min_mtu", "max_mtu", "num_tx_queues", "altnames", "linkmode"]) +
	{flags: sorted, kind: .linkinfo.info_kind, slave: .linkinfo.info_slave_kind}) | sort_by(.ifindex)'
same "links" links '{}' "$LINK" "$LINK" ip -j -d link
same "one link by its name" links '{"ifname":"v1"}' "$LINK" "$LINK" ip -j -d link show dev v1
DATA='.[0].linkinfo.info_data | known(["forward_delay", "hello_time", "max_age", "ageing_time", "stp_state", "priority",
	"vlan_filtering", "vlan_protocol", "vlan_default_pvid", "group_addr", "mcast_snooping",
	"mcast_router", "mcast_querier", "nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables"])'
same "a bridge's settings" links '{"ifname":"br0"}' "$DATA" "$DATA" ip -j -d link show dev br0
for tunnel in "v1.7 protocol id" "vx0 id remote port learning ttl" "gre7 local remote ttl pmtudisc" "vrf7 table"; do
	dev=${tunnel%% *}
	# the flags of what is in info_data: words in quotes
	keys=$(printf '"%s",' ${tunnel#* })
	if A ip link show dev "$dev" >/dev/null 2>&1; then
		same "settings of $dev" links "{\"ifname\":\"$dev\"}" ".[0].linkinfo.info_data | known([${keys%,}])" \
			".[0].linkinfo.info_data | known([${keys%,}])" ip -j -d link show dev "$dev"
	else
		skip "settings of $dev" "this kernel has none of its kind"
	fi
done
STATS='.[0].stats64 | del(.tx.carrier_changes, .rx.nohandler)'
same "a link's statistics" links '{"ifname":"lo"}' "$STATS" "$STATS" ip -j -s -s link show dev lo
same "addresses" addresses '{}' 'map({ifname, family, prefixlen, scope, local}) | sort_by(.ifname, .local)' \
	'[.[] | .ifname as $d | .addr_info[] | {ifname: $d, family, prefixlen, scope, local}] | sort_by(.ifname, .local)' ip -j addr
ROUTE='known(["type", "dst", "gateway", "dev", "scope", "prefsrc", "metric", "metrics"]) + {flags: sorted,
	hops: [.nexthops[]? | {gateway, dev, weight, flags: sorted}]}'
for family in 4 6; do
	same "routes of all tables, IPv$family" routes "{\"family\":$family}" \
		"map($ROUTE + {table: table, protocol: .protocol | protocol}) | sort_by(.table, .dst, .dev, .metric)" \
		"map($ROUTE + {table: (.table // \"main\"), protocol}) | sort_by(.table, .dst, .dev, .metric)" \
		ip -"$family" -j -d route show table all
done
same "routes of one table" routes '{"table":100}' 'map({type, dst, dev}) | sort_by(.dst)' \
	'map({type: (.type // "unicast"), dst, dev}) | sort_by(.dst)' ip -j route show table 100
check "a table without routes is empty" test "$(ask routes '{"table":4242}')" = "[]"
same "the route to a destination" route '{"dst":"10.78.1.1"}' '{dst, gateway, dev, prefsrc}' '.[0] | {dst, gateway, dev, prefsrc}' \
	ip -j route get 10.78.1.1
same "... and the entry that it is by" route '{"dst":"10.78.1.1","fibmatch":true}' '{dst, gateway, dev}' \
	'.[0] | {dst, gateway, dev}' ip -j route get fibmatch 10.78.1.1
same "... with IPv6, too" route '{"dst":"fd00:78::1"}' '{dst, gateway, dev}' '.[0] | {dst, gateway, dev}' \
	ip -6 -j route get fd00:78::1
for end in "10.77.1.1 blackhole" "10.76.1.1 unreachable" "203.0.113.9 no route"; do
	check "what the tables refuse is an answer: ${end#* }" \
		test "$(ask route "{\"dst\":\"${end%% *}\"}" | jq -r .failed)" = "${end#* }"
done
RULE='known(["priority", "src", "srclen", "dst", "dstlen", "iif", "oif", "uid_start", "uid_end", "dport_start", "dport_end",
	"action", "goto"]) + {not: has("not")}'
for family in 4 6; do
	same "rules, IPv$family" rules "{\"family\":$family}" "map($RULE + {table: (if .table then table else null end),
		fwmark: (if .fwmark then \"0x\" + (.fwmark | hex) else null end),
		fwmask: (if .fwmask and .fwmask != 4294967295 then \"0x\" + (.fwmask | hex) else null end),
		ipproto: {\"17\": \"udp\"}[.ipproto // 0 | tostring], suppress: .suppress_prefixlen})" \
		"map($RULE + {table, fwmark, fwmask, ipproto, suppress: .suppress_prefixlen})" ip -"$family" -j rule
done
same "neighbours" neighbours '{"ifname":"br0"}' 'map({dst, dev, lladdr, state}) | sort_by(.dst)' \
	'map({dst, dev: "br0", lladdr, state}) | sort_by(.dst)' ip -4 -j neigh show dev br0
same "proxied neighbours" neighbours '{"proxy":true}' 'map({dst, dev})' 'map({dst, dev})' ip -4 -j neigh show proxy
same "the neighbours' table" neighbour_tables '{}' '[.[] | select(.family == 4 and .thresh1) | .thresh1, .thresh2, .thresh3]' \
	'[.[] | select(.family == "inet" and .thresh1) | .thresh1, .thresh2, .thresh3]' ip -j -s ntable show name arp_cache
same "nexthop objects" nexthops '{}' 'map({id, gateway, dev})' 'map({id, gateway, dev})' ip -j nexthop
QDISC='map(known(["kind", "handle", "dev", "root", "parent", "bytes", "packets", "drops", "overlimits", "requeues", "backlog",
	"qlen"]) + {rate: .options.rate, limit: .options.limit}) | sort_by(.dev, .kind)'
same "qdiscs with their statistics" qdiscs '{}' "$QDISC" "$QDISC" tc -j -s qdisc
FILTER='map(known(["protocol", "pref", "kind", "chain"]) + {fh: .options.fh, handle: .options.handle, name: .options.bpf_name,
	direct: (.options["direct-action"] // false), prog: .options.prog.id, match: ([.options.match] | flatten |
	map(select(.) | {value, mask, off})), actions: [.options.actions[]? |
	{order, kind, mirred_action, to_dev, control: .control_action.type}]})'
for way in ingress egress; do
	if [ "$(A tc -j filter show dev v1 $way)" = "[]" ]; then
		skip "tc filters, $way" "this kernel takes none of them there"
		continue
	fi
	same "tc filters, $way" filters "{\"ifname\":\"v1\",\"parent\":\"$way\"}" "$FILTER" "$FILTER" tc -j filter show dev v1 $way
done
PORT_OF='map(known(["ifname", "master", "state", "priority", "cost", "hairpin", "guard", "root_block", "fastleave", "learning",
	"flood", "mcast_flood", "bcast_flood", "mcast_to_unicast", "neigh_suppress", "isolated", "locked", "vlan_tunnel", "mtu"]) +
	{flags: sorted}) | map(select(.master)) | sort_by(.ifname)'
same "bridge ports" bridge_ports '{}' "$PORT_OF" "$PORT_OF" bridge -j -d link
if A bridge -j vlan | grep -q vlanEnd; then
	VLANS='map({ifname, vlans: [.vlans[] | {vlan, vlanEnd, flags: sorted}]}) | sort_by(.ifname)'
	same "VLANs of bridge ports" bridge_vlans '{}' "$VLANS" "$VLANS" bridge -j vlan
else
	skip "VLANs of bridge ports" "this kernel's bridges filter none"
fi
FDB='map(known(["mac", "ifname", "master", "vlan", "state"]) + {flags: (sorted - ["master"])}) | sort_by(.ifname, .mac, .flags, .vlan)'
same "FDB" fdb '{}' "$FDB" "$FDB" bridge -j fdb show
same "the drivers' statistics" device_stats '{"ifname":"v1"}' '[.[0].stats[] | [.name, .value]] | sort' \
	'[inputs | select(test(": [0-9]+$")) | capture("^ *(?<n>.*): (?<v>[0-9]+)$") | [.n, (.v | tonumber)]] | sort' \
	bash -c 'ethtool -S v1 | jq -R .'
CONF='[.[] | select((.interface // .ifname) == "all" or (.interface // .ifname) == "v1")] | map([(.interface // .ifname),
	(.forwarding | . == "on" or . == 1 or . == true)]) | sort'
same "settings that netlink tells" netconf '{"family":4}' "$CONF" "$CONF" ip -4 -j netconf

if A ip xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 proto udp dport 53 dir out priority 44 action block 2>/dev/null; then
	check "IPsec's policies" test "$(ask xfrm_policies | jq -c '.[] | [.src, .dst, .proto, .dport, .dir, .action, .priority]')" = \
		'["10.1.0.0/16","10.2.0.0/16",17,53,"out","block",44]'
	A ip xfrm state add src 10.1.0.1 dst 10.2.0.2 proto esp spi 0x1234 reqid 5 mode tunnel \
		aead 'rfc4106(gcm(aes))' 0x0123456789012345678901234567890123456789 128 2>/dev/null &&
		check "IPsec's states, without their keys" test "$(ask xfrm_states | jq -c '.[] | [.src, .dst, .proto, .spi, .reqid, .mode],
			(tostring | test("01234567"))' | tr -d '\n')" = '["10.1.0.1","10.2.0.2","esp",4660,5,"tunnel"]false'
else
	skip "IPsec's policies" "this kernel has no IPsec"
fi
if A conntrack -I -s 10.1.0.1 -d 10.2.0.2 -p udp --sport 1111 --dport 2222 -t 99 -m 7 -u SEEN_REPLY >/dev/null 2>&1; then
	tuple='{"src":"10.2.0.2","dst":"10.1.0.1","proto":17,"sport":2222,"dport":1111}'
	mark=$(A conntrack -L 2>/dev/null | grep -o 'mark=[0-9]*' | cut -d= -f2)
	check "a connection, by its other direction" test \
		"$(ask conntrack "$tuple" | jq -c '[.orig.src, .orig.sport, .reply.dport, .mark, (.flags | index("SEEN_REPLY") != null)]')" = \
		'["10.1.0.1",1111,1111,'"$mark"',true]'
	check "all connections, and who has most" test "$(ask conntrack | jq -c '[.entries, .busiest]')" = \
		'[1,{"src":"10.1.0.1","entries":1}]'
	check "a connection that is not there" fails 3 conntrack '{"src":"10.9.9.9","dst":"10.1.0.1","proto":17,"sport":1,"dport":2}'
	check "connection tracking's statistics" test "$(ask conntrack_stats | jq '[.[] | .insert_failed // 0] | add')" = \
		"$(A conntrack -S | grep -o 'insert_failed=[0-9]*' | cut -d= -f2 | paste -sd+ | sed 's/^/0+/' | bc 2>/dev/null ||
			A conntrack -S | grep -o 'insert_failed=[0-9]*' | awk -F= '{n += $2} END {print n + 0}')"
else
	skip "a connection" "conntrack can't make one here"
fi
A bash -c 'exec nc -l 127.0.0.1 4321' >/dev/null 2>&1 &
within 30 eval 'A ss -tlnH | grep -q 4321'
check "a listener" test "$(ask sockets '{"proto":6,"port":4321}' | jq -c '.list[] | [.state, .src, .sport]')" = \
	'["LISTEN","127.0.0.1",4321]'

# Who is there when a packet dies is asked while he is: he may be gone when its journey is told.
told() { jq -es "map(select(.type == \"journey\").drop.decider) | length == $1 and any($2)" "$DIR/out"; }
fresh() { # HOST ADDRESS JQ: one who listens there until 0.3 s after a drop at A's 127.0.0.1
	local sink try
	for try in 1 2 3; do # for a machine that does something else, too
		ip netns exec "$P$1" "$TRAFFIC" udp-sink "$2" "$PORT" 60 >/dev/null 2>&1 &
		sink=$!
		within 50 listening "$1" "$2"
		A bash -c "echo x >/dev/udp/127.0.0.1/$PORT"
		sleep 0.3
		kill $sink
		wait $sink 2>/dev/null
		within 100 told $try true
		told $try ".pid == $sink and ($3)" && return
	done
	return 1
}
listening() { ip netns exec "$P$1" ss -ulnH "sport = :$PORT" | grep -qF "$2:"; }
host B 0
start_waybill -j udp dst port "$PORT" || exit 1
check "a listener at another address who ends 0.3 s after the drop is told" fresh A 127.0.0.2 '.cause == "listens on another address"'
stop_waybill
start_waybill -j udp dst port "$PORT" || exit 1
check "... and so is one in another namespace" fresh B 0.0.0.0 '.cause | test("in another namespace")'
stop_waybill

# More cgroups with a program than anybody has.
CG=$(cgroup_root)/$P
PINNED=/sys/fs/bpf/$P
if [ -n "$(cgroup_root)" ] && bpftool prog load "$OBJ/cg_drop.o" "$PINNED" type cgroup/skb 2>"$DIR/why" && mkdir "$CG"; then
	mkdir "$CG"/{1..260}
	for i in {1..260}; do bpftool cgroup attach "$CG/$i" egress pinned "$PINNED"; done
	each() { equal "$("$ASK" cgroup_programs '{"types":[1]}' | jq "map(select(.path | startswith(\"$CG/\"))) | length")" 260; }
	check "each of 260 programs at cgroups" each
	rmdir "$CG"/{1..260} # and $CG, what is pinned: clean_network
else
	skip "each of 260 programs at cgroups" "no cgroup v2 here, or no such programs: $(head -1 "$DIR/why")"
fi

# Names of any bytes but those that the kernel refuses.
any_bytes() {
	local i hex name said
	for i in $(seq 1 20); do
		hex=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n' | sed 's/../& /g; s/\b\(00\|2f\|3a\|0[9a-d]\|20\|25\|a0\|85\)\b/ff/g; s/ //g')
		name=$(echo "n$i" | od -An -tx1 | tr -d ' \n' | sed 's/0a$//')$hex
		name=${name:0:30}
		# shellcheck disable=SC2059 # the format is the name
		A ip link add "$(printf "$(sed 's/../\\x&/g' <<<"$name")")" type veth peer name "peer$i" || return 1
		said=$(ask links "{\"ifname\":\"peer$i\"}" | jq -r '.[0].link | explode | map(if . >= 61312 and . <= 61439 then . - 61184 else . end) |
			map(if . < 256 then . else -1 end) | @csv')
		[ -n "$said" ] && ask links "$(ask links "{\"ifname\":\"peer$i\"}" | jq -c '{ifname: .[0].link}')" >"$DIR/back" &&
			[ "$(jq '.[0].link' "$DIR/back")" = "\"peer$i\"" ] || return 1
	done
}
check "names of random bytes are found again by what was said of them" any_bytes
A ip link add $'x\xff\x9b\xee\xbe\x80' type veth peer name odd0
check "... each byte that is no UTF-8, or looks as one of these, stands for itself" test \
	"$(ask links '{"ifname":"odd0"}' | jq -c '.[0].link | explode')" = '[120,61439,61339,61422,61374,61312]'

check "a device that is not there" fails 3 links '{"ifname":"nobody"}'
check "a name that could be no device's" fails 3 links '{"ifname":"a-name-that-is-too-long"}'
check "a sysctl" test "$(ask sysctl '{"name":"ipv4/conf/%/rp_filter","ifname":"v1"}')" = 0
check "a device's name leads nowhere else" fails 1 sysctl '{"name":"ipv4/conf/%/rp_filter","ifname":".."}'
check "a sysctl's name leads nowhere else" fails 1 sysctl '{"name":"../../kernel/hostname"}'
check "a file that is not in the table is not opened" fails 1 file '{"name":"../../../etc/passwd"}'
end_of_checks
