/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open vSwitch without its daemon: `ovs-drop DEVICE` makes a datapath in this network namespace, gives it the
 * device and one flow, by which nothing is to be done with IPv4 UDP: the datapath drops it and says so.
 * `ovs-drop` alone takes the datapath away.
 */
#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/openvswitch.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATAPATH "ovs-lab"
#define PORT 1U

static int netlink = -1;

static struct {
	struct nlmsghdr head;
	struct genlmsghdr generic;
	char rest[1024];
} message __attribute__((aligned(8)));

static void *end(void)
{
	return (char *)&message + message.head.nlmsg_len;
}

static void add(const void *bytes, size_t count)
{
	memcpy(end(), bytes, count);
	message.head.nlmsg_len += NLMSG_ALIGN(count);
}

static void add_attribute(int type, const void *bytes, size_t count)
{
	struct nlattr attribute = { .nla_type = type, .nla_len = NLA_HDRLEN + count };

	add(&attribute, sizeof(attribute));
	add(bytes, count);
}

static struct nlattr *begin_nest(int type)
{
	struct nlattr *nest = end();

	add_attribute(type | NLA_F_NESTED, NULL, 0);
	return nest;
}

static void end_nest(struct nlattr *nest)
{
	nest->nla_len = (char *)end() - (char *)nest;
}

static void begin(int family, int command)
{
	memset(&message, 0, sizeof(message));
	message.head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	message.head.nlmsg_type = family;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message.generic.cmd = command;
	message.generic.version = 1;
}

/* Sends the message; the answer is in it then. Exits when the kernel refuses. */
static void ask(const char *what)
{
	struct nlmsgerr *error = NLMSG_DATA(&message.head);

	if (send(netlink, &message, message.head.nlmsg_len, 0) < 0 || recv(netlink, &message, sizeof(message), 0) < 0) {
		perror(what);
		exit(1);
	}
	if (message.head.nlmsg_type == NLMSG_ERROR && error->error) {
		fprintf(stderr, "%s: %s\n", what, strerror(-error->error));
		exit(1);
	}
}

/* The number of a family; opens a socket, so that no answer of the family before is in the way. */
static int family(const char *name)
{
	const struct nlattr *attribute;
	char acknowledgement[256];

	close(netlink);
	netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	add_attribute(CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	ask(name);
	recv(netlink, acknowledgement, sizeof(acknowledgement), 0);
	attribute = (const void *)message.rest;
	while (attribute->nla_type != CTRL_ATTR_FAMILY_ID)
		attribute = (const void *)((const char *)attribute + NLA_ALIGN(attribute->nla_len));
	return *(const __u16 *)(attribute + 1);
}

static void begin_ovs(int of, int command)
{
	struct ovs_header header = { .dp_ifindex = if_nametoindex(DATAPATH) };

	begin(of, command);
	add(&header, sizeof(header));
}

/* Of a packet in the key, of what is compared in the mask. */
static void add_match(int type, __u16 ether_type, __u8 protocol, bool has_ports)
{
	struct nlattr *nest = begin_nest(type);
	struct ovs_key_ethernet ethernet = {};
	struct ovs_key_ipv4 ip = { .ipv4_proto = protocol };
	struct ovs_key_udp ports = {};
	__u16 in_order = htons(ether_type);

	add_attribute(OVS_KEY_ATTR_ETHERNET, &ethernet, sizeof(ethernet));
	add_attribute(OVS_KEY_ATTR_ETHERTYPE, &in_order, sizeof(in_order));
	add_attribute(OVS_KEY_ATTR_IPV4, &ip, sizeof(ip));
	if (has_ports)
		add_attribute(OVS_KEY_ATTR_UDP, &ports, sizeof(ports));
	end_nest(nest);
}

int main(int count, char **arguments)
{
	__u32 nobody = 0, device = OVS_VPORT_TYPE_NETDEV, port = PORT;

	if (count < 2) {
		begin_ovs(family(OVS_DATAPATH_FAMILY), OVS_DP_CMD_DEL);
		ask("take the datapath away");
		return 0;
	}
	begin_ovs(family(OVS_DATAPATH_FAMILY), OVS_DP_CMD_NEW);
	add_attribute(OVS_DP_ATTR_NAME, DATAPATH, sizeof(DATAPATH));
	add_attribute(OVS_DP_ATTR_UPCALL_PID, &nobody, sizeof(nobody));
	ask("make a datapath");
	begin_ovs(family(OVS_VPORT_FAMILY), OVS_VPORT_CMD_NEW);
	add_attribute(OVS_VPORT_ATTR_NAME, arguments[1], strlen(arguments[1]) + 1);
	add_attribute(OVS_VPORT_ATTR_TYPE, &device, sizeof(device));
	add_attribute(OVS_VPORT_ATTR_PORT_NO, &port, sizeof(port));
	add_attribute(OVS_VPORT_ATTR_UPCALL_PID, &nobody, sizeof(nobody));
	ask("give it the device");
	begin_ovs(family(OVS_FLOW_FAMILY), OVS_FLOW_CMD_NEW);
	add_match(OVS_FLOW_ATTR_KEY, ETH_P_IP, IPPROTO_UDP, true);
	add_match(OVS_FLOW_ATTR_MASK, 0xffff, 0xff, false);
	end_nest(begin_nest(OVS_FLOW_ATTR_ACTIONS));
	ask("make a flow");
	return 0;
}
