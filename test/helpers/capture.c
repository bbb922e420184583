/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture DEVICE: prints a line of JSON for every frame that passes the device of this network
 * namespace, with what the kernel itself tells a packet socket of it: an answer about sk_buffs that
 * comes from neither BTF nor eBPF. Ready when it has printed "capturing"; SIGTERM ends it, after what
 * has already been captured. captured-frames.ts reads the lines.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Enough for all headers and a small payload. */
#define KEPT_BYTES 256
#define STEP_MS 50

static volatile sig_atomic_t is_over;

static void end(int signal)
{
	(void)signal;
	is_over = 1;
}

static int open_socket(const char *device)
{
	struct sockaddr_ll place = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	int yes = 1, bytes = 4 << 20;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || place.sll_ifindex == 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof(yes)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof(yes)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
	    bind(fd, (struct sockaddr *)&place, sizeof(place)))
		return -1;
	return fd;
}

static void print(const struct sockaddr_ll *from, const struct tpacket_auxdata *aux, const struct virtio_net_hdr *net,
		  const unsigned char *bytes, size_t kept)
{
	printf("{\"isSent\":%s,\"length\":%u,\"status\":%u,\"vlanTci\":%u,\"vlanProtocol\":%u,",
	       from->sll_pkttype == PACKET_OUTGOING ? "true" : "false", aux->tp_len, aux->tp_status, aux->tp_vlan_tci,
	       aux->tp_vlan_tpid);
	printf("\"flags\":%u,\"gsoType\":%u,\"linear\":%u,\"gsoSize\":%u,\"sumStart\":%u,\"sumOffset\":%u,\"bytes\":\"",
	       net->flags, net->gso_type, net->hdr_len, net->gso_size, net->csum_start, net->csum_offset);
	for (size_t i = 0; i < kept; i++)
		printf("%02x", bytes[i]);
	puts("\"}");
}

/* False when there is nothing to read. */
static int take(int fd)
{
	static unsigned char bytes[KEPT_BYTES];
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct virtio_net_hdr net;
	struct sockaddr_ll from;
	struct iovec parts[] = { { &net, sizeof(net) }, { bytes, sizeof(bytes) } };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t taken = recvmsg(fd, &message, MSG_DONTWAIT);
	struct cmsghdr *extra = CMSG_FIRSTHDR(&message);

	if (taken < (ssize_t)sizeof(net))
		return 0;
	if (extra && extra->cmsg_level == SOL_PACKET && extra->cmsg_type == PACKET_AUXDATA)
		print(&from, (struct tpacket_auxdata *)CMSG_DATA(extra), &net, bytes, (size_t)taken - sizeof(net));
	return 1;
}

int main(int argc, char **argv)
{
	struct pollfd waiting = { .fd = argc == 2 ? open_socket(argv[1]) : -1, .events = POLLIN };

	if (waiting.fd < 0) {
		fprintf(stderr, "capture: cannot capture: %s\n", strerror(errno));
		return 1;
	}
	signal(SIGTERM, end);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("capturing");
	for (;;) {
		/* Asked first: what was captured before the signal is still taken. */
		int is_last = is_over;

		while (take(waiting.fd))
			;
		if (is_last)
			return 0;
		poll(&waiting, 1, STEP_MS);
	}
}
