/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The block of values that modules add to a hop: a map of the fields that are there, then the
 * values. User space knows its layout. It writes the function that reads what the declarative
 * modules ask for and makes room for a compiled one (src/expression/collect.ts), whose own function fills that.
 *
 * Problem: a block of up to 256 bytes does not fit onto the stack beside the records.
 * Choice:  room for records and block is reserved in the ring, in one of two sizes that the
 *          verifier knows, and filled in place. Without modules nothing of this is there.
 */
#pragma once

#include "inject.h"
#include "kernel_types.h"
#include "maps.h"
#include "module.h"

/* Size of the block, a multiple of 8; 0: no modules. */
const volatile __u32 custom_bytes = 0;

INJECTED(collect_custom, const struct sk_buff *skb, void *block)
ROOM_FOR(4096, "r"(skb), "r"(block))

/* Sends @record, of which the first @record_bytes count, with a block; a macro, to keep sizes constant. */
#define SEND_WITH_CUSTOM(record, record_bytes)							\
	({											\
		void *room = bpf_ringbuf_reserve(&ring, (record_bytes) + custom_bytes, 0);	\
		__u32 done;									\
												\
		if (room) {									\
			__builtin_memcpy(room, record, record_bytes);				\
			done = collect_custom((const struct sk_buff *)(record)->hop.skb,	\
					      room + (record_bytes));				\
			/* Its result must seem used: inject.h needs it to have one. */		\
			asm volatile("" : : "r"(done));						\
			if (module_at && module_collect((void *)(record)->hop.skb,		\
							room + (record_bytes) + module_at))	\
				*(__u64 *)(room + (record_bytes)) |= module_fields;		\
			bpf_ringbuf_submit(room, 0);						\
		}										\
		room != NULL;									\
	})

/* False when the ring has no room: then all of it is lost. */
static __always_inline bool send_with_custom(struct full_record *record)
{
	record->hop.flags |= HOP_CUSTOM;
	if (record->hop.flags & HOP_FLOW)
		return SEND_WITH_CUSTOM(record, sizeof(*record));
	/* Or the compiler would make one call with a computed size out of the two. */
	asm volatile("" ::: "memory");
	return SEND_WITH_CUSTOM(record, sizeof(record->hop));
}
