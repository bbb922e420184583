/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Which of the packets that match are followed: all, unless the trace may only begin so many
 * a second, or only conversations are wanted whose hash is among some. A packet is asked once;
 * one that is refused is remembered as such (TRACKED_TOO_MANY, TRACKED_SAMPLED_OUT), or a journey
 * without its beginning would come of it later.
 */
#pragma once

#include "flow.h"
#include "maps.h"
#include "rate.h"

/* Set before load: what is not asked for is not in the programs. Whether any of it is. */
const volatile __u8 may_refuse = 0;
/* Packets a second; 0: any number. */
const volatile __u32 max_packets_per_second = 0;
/* CLOCK_MONOTONIC from which they are counted. */
const volatile __u64 counted_from_ns = 0;
/* Whether user space may ask for fewer conversations while the trace runs. */
const volatile __u8 can_sample = 0;

/* Sections of their own: user space writes the one whole, and the CPUs fight for the other. */
volatile __u64 tokens_spent SEC(".data.rate") = 0;
/* Bits of a conversation's hash that must be zero; src/kernel/sampling.ts writes it. */
volatile __u32 sampling_mask SEC(".data.sampling") = 0;
#define SAMPLE_NONE 0xffffffffU

static __always_inline bool is_refused(const struct tracked *packet)
{
	return may_refuse && packet->state >= TRACKED_TOO_MANY;
}

static __always_inline __u64 end_hash(const __u32 address[4], __u16 port)
{
	__u64 hash = 0xcbf29ce484222325ULL ^ port;

	hash = hash_step(hash, (__u64)address[0] << 32 | address[1]);
	return hash_step(hash, (__u64)address[2] << 32 | address[3]);
}

/*
 * The same number for both directions of a conversation. Every bit depends on all that went in:
 * the last steps are the finalizer of MurmurHash3 (Austin Appleby, public domain).
 */
static __always_inline __u64 conversation_hash(const struct flow_record *flow)
{
	__u64 hash = end_hash(flow->source, flow->source_port) +
		     end_hash(flow->destination, flow->destination_port);

	hash ^= (__u64)flow->l3_protocol << 8 | flow->l4_protocol;
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdULL;
	hash ^= hash >> 33;
	hash *= 0xc4ceb9fe1a85ec53ULL;
	return hash ^ hash >> 33;
}

static __always_inline bool is_sampled_out(const struct flow_record *flow)
{
	__u32 mask = sampling_mask;

	return mask == SAMPLE_NONE || (mask && conversation_hash(flow) & mask);
}

/* The state in which a packet begins that matches. Not inlined: on_hit() has no stack to spare. */
static __noinline __u32 admit(const struct flow_record *flow, __u64 now_ns)
{
	if (can_sample && is_sampled_out(flow))
		return TRACKED_SAMPLED_OUT;
	if (max_packets_per_second &&
	    !take_token(&tokens_spent, now_ns - counted_from_ns, max_packets_per_second))
		return TRACKED_TOO_MANY;
	return TRACKED_OPEN;
}
