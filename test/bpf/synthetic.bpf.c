/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Packets that never were: writes the records of whole journeys into the ring of a trace that
 * runs, and counts them as the trace's own programs would. So a server is loaded at a rate that
 * is exact, without traffic (test/helpers/synthetic.c runs it, by BPF_PROG_RUN).
 *
 * The maps are those of the trace: synthetic.c puts their file descriptors in place.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "record.h"

/* Numbers that no CPU gives: its 12 bits are all set, and machines have fewer. */
#define FIRST_JOURNEY (0xfffULL << 40)
/* Where the kernel's own memory begins on x86_64; these addresses are never read. */
#define FIRST_ADDRESS 0xffff888000000000ULL
#define ADDRESSES 65536
#define ADDRESS_BYTES 256
#define ETHERTYPE_IPV4 0x0800
#define UDP 17
/* 10.0.1.10 and 10.0.1.11, network order. */
#define SOURCE 0x0a01000a
#define DESTINATION 0x0b01000a

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

/* What one run writes. */
struct order {
	__u64 first;		/* number of the first journey, from 0 */
	__u32 journeys;		/* open at the same time */
	__u32 hops;		/* of each, at least 2 */
	__u32 functions;	/* of the trace: their ids begin at 1 */
	__u32 reserved;
};

struct progress {
	const struct order *order;
	struct counters *count;
};

static __always_inline void fill(struct hop_record *hop, const struct order *order, __u32 at, __u64 journey)
{
	hop->time_ns = bpf_ktime_get_ns();
	hop->journey = FIRST_JOURNEY + journey;
	hop->skb = FIRST_ADDRESS + journey % ADDRESSES * ADDRESS_BYTES;
	hop->function = 1 + at % order->functions;
	hop->length = 1000;
	hop->ifindex = 1;
	hop->cpu = bpf_get_smp_processor_id();
	hop->flags = HOP_ROW;
	if (at + 1 == order->hops) {
		hop->flags |= HOP_END;
		hop->end_reason = END_CONSUMED;
	}
}

static __always_inline void count_lost(struct counters *count)
{
	__sync_fetch_and_add(&count->lost_ring, 1);
	count->ring_last_ns = bpf_ktime_get_ns();
	if (!count->ring_first_ns)
		count->ring_first_ns = count->ring_last_ns;
}

/* The first hop of a journey tells its flow. */
static __always_inline void begin(struct progress *progress, __u64 journey)
{
	struct full_record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	if (!record) {
		count_lost(progress->count);
		return;
	}
	__builtin_memset(record, 0, sizeof(*record));
	fill(&record->hop, progress->order, 0, journey);
	record->hop.flags |= HOP_FLOW;
	record->flow.source[0] = SOURCE;
	record->flow.destination[0] = DESTINATION;
	record->flow.source_port = 1024 + journey % 60000;
	record->flow.destination_port = 80;
	record->flow.l3_protocol = ETHERTYPE_IPV4;
	record->flow.l4_protocol = UDP;
	bpf_ringbuf_submit(record, 0);
	__sync_fetch_and_add(&progress->count->matched, 1);
}

static __always_inline void go_on(struct progress *progress, __u32 at, __u64 journey)
{
	struct hop_record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	if (!record) {
		count_lost(progress->count);
		return;
	}
	__builtin_memset(record, 0, sizeof(*record));
	fill(record, progress->order, at, journey);
	bpf_ringbuf_submit(record, 0);
}

/* Event by event: the first hops of all journeys, then their second ones, and so on. */
static long event(__u64 number, struct progress *progress)
{
	const struct order *order = progress->order;
	__u32 at = number / order->journeys;
	__u64 journey = order->first + number % order->journeys;

	__sync_fetch_and_add(&progress->count->handled, 1);
	if (at == 0)
		begin(progress, journey);
	else
		go_on(progress, at, journey);
	return 0;
}

SEC("syscall")
int synthesize(struct order *given)
{
	struct order order = *given;
	struct progress progress = { .order = &order };
	__u32 cpu = bpf_get_smp_processor_id();

	progress.count = bpf_map_lookup_elem(&counters, &cpu);
	if (!progress.count || !order.journeys || !order.functions)
		return 1;
	bpf_loop(order.journeys * order.hops, event, &progress, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
