/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The closed set of stations and layers, for the BPF programs and for user space.
 * What a station means to a reader (texts, advice) is in src/model/catalogue*.
 */
#ifndef WAYBILL_STATION_H
#define WAYBILL_STATION_H

/*
 * X(ID, name)
 * A layer is where a drop is counted; each packet in exactly one.
 */
#define WB_LAYERS(X)                                                                               \
	X(XDP, "xdp")                                                                              \
	X(TC_IN, "tc_in")                                                                          \
	X(NETFILTER, "netfilter")                                                                  \
	X(BRIDGE, "bridge")                                                                        \
	X(ROUTE, "route")                                                                          \
	X(STACK, "stack")                                                                          \
	X(SOCKET, "socket")                                                                        \
	X(TC_OUT, "tc_out")                                                                        \
	X(QDISC, "qdisc")                                                                          \
	X(DRIVER, "driver")

/*
 * X(ID, name, room, place, layer)
 * name: the contract's word. room and place: the two columns of the text output.
 * layer: where a drop at this station counts if nothing more exact is known.
 * The order is the order of the path, receive then send.
 */
#define WB_STATIONS(X)                                                                             \
	X(DRIVER_RX, "driver.rx", "driver", "rx", DRIVER)                                          \
	X(XDP, "xdp", "xdp", "", XDP)                                                              \
	X(RX, "rx", "rx", "", STACK)                                                               \
	X(TC_IN, "tc.in", "tc", "in", TC_IN)                                                       \
	X(NF_NETDEV_INGRESS, "nf.netdev_ingress", "nf", "NETDEV INGRESS", NETFILTER)               \
	X(BRIDGE, "bridge", "bridge", "", BRIDGE)                                                  \
	X(NF_BRIDGE_PREROUTING, "nf.bridge.prerouting", "nf", "BRIDGE PREROUTING", NETFILTER)      \
	X(NF_BRIDGE_INPUT, "nf.bridge.input", "nf", "BRIDGE INPUT", NETFILTER)                     \
	X(NF_BRIDGE_FORWARD, "nf.bridge.forward", "nf", "BRIDGE FORWARD", NETFILTER)               \
	X(NF_BRIDGE_OUTPUT, "nf.bridge.output", "nf", "BRIDGE OUTPUT", NETFILTER)                  \
	X(NF_BRIDGE_POSTROUTING, "nf.bridge.postrouting", "nf", "BRIDGE POSTROUTING", NETFILTER)   \
	X(IP, "ip", "ip", "", STACK)                                                               \
	X(DEFRAG, "defrag", "defrag", "", STACK)                                                   \
	X(NF_PREROUTING, "nf.prerouting", "nf", "PREROUTING", NETFILTER)                           \
	X(CONNTRACK, "conntrack", "conntrack", "", NETFILTER)                                      \
	X(NAT, "nat", "nat", "", NETFILTER)                                                        \
	X(ROUTE_IN, "route.in", "route", "in", ROUTE)                                              \
	X(NF_INPUT, "nf.input", "nf", "INPUT", NETFILTER)                                          \
	X(FORWARD, "forward", "forward", "", STACK)                                                \
	X(NF_FORWARD, "nf.forward", "nf", "FORWARD", NETFILTER)                                    \
	X(XFRM, "xfrm", "xfrm", "", STACK)                                                         \
	X(TCP, "tcp", "tcp", "", SOCKET)                                                           \
	X(UDP, "udp", "udp", "", SOCKET)                                                           \
	X(ICMP, "icmp", "icmp", "", SOCKET)                                                        \
	X(RAW, "raw", "raw", "", SOCKET)                                                           \
	X(SOCKET_FILTER, "socket.filter", "socket", "filter", SOCKET)                              \
	X(SOCKET_QUEUE, "socket.queue", "socket", "queue", SOCKET)                                 \
	X(SOCKET_READ, "socket.read", "socket", "read", SOCKET)                                    \
	X(SOCKET_SEND, "socket.send", "socket", "send", SOCKET)                                    \
	X(ROUTE_OUT, "route.out", "route", "out", ROUTE)                                           \
	X(NF_OUTPUT, "nf.output", "nf", "OUTPUT", NETFILTER)                                       \
	X(NF_POSTROUTING, "nf.postrouting", "nf", "POSTROUTING", NETFILTER)                        \
	X(FRAGMENT, "fragment", "fragment", "", STACK)                                             \
	X(NEIGHBOUR, "neighbour", "neighbour", "", ROUTE)                                          \
	X(NF_NETDEV_EGRESS, "nf.netdev_egress", "nf", "NETDEV EGRESS", NETFILTER)                  \
	X(TC_OUT, "tc.out", "tc", "out", TC_OUT)                                                   \
	X(QDISC, "qdisc", "qdisc", "", QDISC)                                                      \
	X(DRIVER_TX, "driver.tx", "driver", "tx", DRIVER)                                          \
	X(TUNNEL, "tunnel", "tunnel", "", STACK)

enum wb_layer {
	WB_LAYER_NONE,
#define X(id, name) WB_LAYER_##id,
	WB_LAYERS(X)
#undef X
		WB_LAYER_MAX
};

enum wb_station {
	WB_STATION_NONE,
#define X(id, name, room, place, layer) WB_STATION_##id,
	WB_STATIONS(X)
#undef X
		WB_STATION_MAX
};

#endif
