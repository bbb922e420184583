/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What the two ends of a TCP connection offer each other: the options of segments with SYN, and
 * no other packets. Options follow one another, each with its own length (RFC 9293 §3.1), which
 * takes a loop: no declarative module can read them.
 */
#include "ipftrace_module.h"

#define PROTO_TCP 6
#define IPV4_PROTOCOL 9		/* offsets in the headers, bytes */
#define IPV6_NEXT_HEADER 6
#define TCP_OFFSET 12
#define TCP_FLAGS 13
#define TCP_OPTIONS 20
#define TCP_SYN 0x02

#define OPTION_END 0
#define OPTION_NOTHING 1
#define OPTION_MSS 2
#define OPTION_WINDOW_SCALE 3
#define OPTION_SACK 4
#define OPTION_TIMESTAMPS 8
/* Of 40 bytes; a SYN has five of them, with those that do nothing. */
#define MAX_OPTIONS 12

struct option {
	__u8 kind;
	__u8 length;	/* with kind and length */
	__be16 value;
};

struct tcp_options_values {
	__be16 mss IPFTRACE("unit=bytes") IPFTRACE("description=Largest segment that the sender takes; 0: not told.");
	__u8 window_scale IPFTRACE("description=By how many bits its window is to be shifted; 0: not told.");
	bool sack IPFTRACE("description=It takes selective acknowledgements.");
	bool timestamps IPFTRACE("description=It sends time stamps.");
} IPFTRACE("description=Options of TCP segments with SYN; leaves out all other packets.");

static __always_inline bool is_tcp(struct sk_buff *skb)
{
	unsigned char *ip = skb_network_header(skb);
	__u8 version = 0, protocol = 0;

	bpf_probe_read_kernel(&version, sizeof(version), ip);
	bpf_probe_read_kernel(&protocol, sizeof(protocol), ip + (version >> 4 == 6 ? IPV6_NEXT_HEADER : IPV4_PROTOCOL));
	return protocol == PROTO_TCP;
}

int module_collect(struct sk_buff *skb, struct tcp_options_values *values)
{
	unsigned char *tcp = skb_transport_header(skb);
	struct option option = {};
	__u8 head[2] = {};	/* length of the header in words, in the upper half; flags */
	unsigned char *end;

	if (!is_tcp(skb) || bpf_probe_read_kernel(head, sizeof(head), tcp + TCP_OFFSET) || !(head[1] & TCP_SYN))
		return 0;
	end = tcp + (head[0] >> 4) * 4;
	tcp += TCP_OPTIONS;
	for (int i = 0; i < MAX_OPTIONS && tcp < end; i++) {
		if (bpf_probe_read_kernel(&option, sizeof(option), tcp) || option.kind == OPTION_END)
			break;
		if (option.kind == OPTION_NOTHING) {
			tcp++;
			continue;
		}
		if (option.kind == OPTION_MSS)
			values->mss = option.value;
		else if (option.kind == OPTION_WINDOW_SCALE)
			values->window_scale = bpf_ntohs(option.value) >> 8;
		else if (option.kind == OPTION_SACK)
			values->sack = true;
		else if (option.kind == OPTION_TIMESTAMPS)
			values->timestamps = true;
		/* The kernel refuses an option without a length, too. */
		tcp += option.length < 2 ? 2 : option.length;
	}
	return 1;
}
