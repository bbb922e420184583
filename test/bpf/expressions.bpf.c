/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Asks pcap_matches() about many packets at once: those of one map, the verdicts into
 * another. Both are mapped into the test, and the program is run once for each expression
 * by BPF_PROG_RUN (test/e2e/pcap-differential.test.ts).
 */
#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "inject.h"
#include "packet_view.h"

#define MAX_PACKETS 16384
#define MAX_PACKET 504

struct packet {
	__u32 captured;		/* bytes that are there */
	__u32 length;		/* of the packet */
	__u32 layer;		/* enum view_layer */
	__u32 tag;		/* taken off; network order */
	__u8 bytes[MAX_PACKET];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MAX_PACKETS);
	__type(key, __u32);
	__type(value, struct packet);
} packets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MAX_PACKETS);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

INJECTED(pcap_matches, const struct packet_view *view)
ROOM_FOR(4096, "r"(view))

static long judge_one(__u32 index, void *context)
{
	struct packet_view view = {};
	struct packet *packet = bpf_map_lookup_elem(&packets, &index);
	__u64 *verdict = bpf_map_lookup_elem(&verdicts, &index);
	unsigned char *start;

	(void)context;
	if (!packet || !verdict)
		return 1;
	/* As a number: in a trace, a packet is an address that the verifier knows nothing of. */
	start = packet->bytes;
	bpf_probe_read_kernel(&start, sizeof(start), &start);
	fill_view(&view, packet->layer, start, start + packet->captured, packet->length, packet->tag);
	*verdict = pcap_matches(&view);
	return 0;
}

SEC("syscall")
int judge(__u32 *count)
{
	return bpf_loop(*count, judge_one, NULL, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
