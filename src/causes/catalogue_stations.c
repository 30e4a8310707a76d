/* SPDX-License-Identifier: GPL-2.0-only */
/* What each station means, for explain. Its name and layer are in waybill/station.h. */
#include "causes/catalogue.h"

static const char *const stations[WB_STATION_MAX] = {
	[WB_STATION_DRIVER_RX] =
		"the driver handed the packet to the stack (GRO may merge it with others)",
	[WB_STATION_XDP] = "an XDP program saw the packet before the stack did",
	[WB_STATION_RX] = "the stack received the packet from a device; tcpdump sees it here",
	[WB_STATION_TC_IN] = "tc filters and programs at the device's ingress",
	[WB_STATION_NF_NETDEV_INGRESS] = "nftables chains of family netdev, hook ingress",
	[WB_STATION_BRIDGE] = "a bridge took the frame from one of its ports",
	[WB_STATION_NF_BRIDGE_PREROUTING] = "nftables family bridge, hook prerouting",
	[WB_STATION_NF_BRIDGE_INPUT] =
		"nftables family bridge, hook input: frames for the bridge itself",
	[WB_STATION_NF_BRIDGE_FORWARD] = "nftables family bridge, hook forward: port to port",
	[WB_STATION_NF_BRIDGE_OUTPUT] = "nftables family bridge, hook output",
	[WB_STATION_NF_BRIDGE_POSTROUTING] = "nftables family bridge, hook postrouting",
	[WB_STATION_IP] = "IPv4 or IPv6 checked the header: version, length, checksum",
	[WB_STATION_DEFRAG] = "fragments wait for each other",
	[WB_STATION_NF_PREROUTING] = "netfilter PREROUTING: before the routing decision",
	[WB_STATION_CONNTRACK] = "connection tracking looked the flow up",
	[WB_STATION_NAT] = "NAT rewrote addresses or ports",
	[WB_STATION_ROUTE_IN] = "the routing decision for a received packet: here, on, or nowhere",
	[WB_STATION_NF_INPUT] = "netfilter INPUT: packets for this host",
	[WB_STATION_FORWARD] = "forwarding: TTL, MTU, redirects",
	[WB_STATION_NF_FORWARD] = "netfilter FORWARD: packets that go on",
	[WB_STATION_XFRM] = "IPsec",
	[WB_STATION_TCP] = "TCP",
	[WB_STATION_UDP] = "UDP",
	[WB_STATION_ICMP] = "ICMP",
	[WB_STATION_RAW] = "raw sockets and other IP protocols",
	[WB_STATION_SOCKET_FILTER] = "filters of the socket and BPF programs of its cgroup",
	[WB_STATION_SOCKET_QUEUE] = "the socket's receive queue",
	[WB_STATION_SOCKET_READ] = "a process read it",
	[WB_STATION_SOCKET_SEND] = "a process sent it",
	[WB_STATION_ROUTE_OUT] = "the routing decision for a packet that is sent from here",
	[WB_STATION_NF_OUTPUT] = "netfilter OUTPUT: packets sent from this host",
	[WB_STATION_NF_POSTROUTING] = "netfilter POSTROUTING: everything that leaves",
	[WB_STATION_FRAGMENT] = "the packet is cut into fragments",
	[WB_STATION_NEIGHBOUR] = "the next hop's MAC address is needed (ARP, neighbour discovery)",
	[WB_STATION_NF_NETDEV_EGRESS] = "nftables chains of family netdev, hook egress",
	[WB_STATION_TC_OUT] = "tc filters and programs at the device's egress",
	[WB_STATION_QDISC] = "the device's queueing discipline",
	[WB_STATION_DRIVER_TX] = "the driver took the packet to send it",
	[WB_STATION_TUNNEL] = "a tunnel wrapped or unwrapped the packet",
};

const char *catalogue_station(enum wb_station s)
{
	return stations[s];
}
