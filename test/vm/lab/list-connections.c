/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the connections that connection tracking knows in this network namespace, each as the
 * netlink message that the kernel answers with, in hexadecimal; connections.ts reads them.
 */
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <sys/socket.h>

static void print(const struct nlmsghdr *message)
{
	const unsigned char *bytes = (const unsigned char *)message;

	printf("connection ");
	for (size_t i = 0; i < message->nlmsg_len; i++)
		printf("%02x", bytes[i]);
	puts("");
}

int main(void)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg family;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.family = { .nfgen_family = AF_INET, .version = NFNETLINK_V0 },
	};
	static char answer[1 << 16] __attribute__((aligned(8)));
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return 1;
	for (;;) {
		ssize_t left = recv(fd, answer, sizeof(answer), 0);

		if (left <= 0)
			return 1;
		for (struct nlmsghdr *message = (void *)answer; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_type == NLMSG_DONE)
				return 0;
			if (message->nlmsg_type == NLMSG_ERROR)
				return 1;
			print(message);
		}
	}
}
