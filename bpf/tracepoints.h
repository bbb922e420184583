/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Slots for tracepoints. Raw tracepoints have no attach cookie before Linux 6.10, so
 * that a program must know by itself which one it serves: slot N is attached to the
 * tracepoint that user space chose for it, and reads what it needs from slots[N].
 */
#pragma once

#include "argument.h"
#include "track.h"

#define MAX_SLOTS 64

struct slot {
	__u32 function;		/* id of the tracepoint as a function */
	__u8 position;		/* its sk_buff argument, 1-5 */
	__u8 egress;		/* journeys end with it */
	__u8 follow_only;	/* struct hit */
	__u8 side;		/* enum hit_side */
};
_Static_assert(sizeof(struct slot) == 8, "slot moved: src/kernel/rodata.ts writes it");

const volatile struct slot slots[MAX_SLOTS] = {};

#define ARGUMENT_OF_CTX(n) ctx->args[n - 1]

static __always_inline int on_tracepoint(struct bpf_raw_tracepoint_args *ctx, int n)
{
	struct hit hit = {
		.context = ctx,
		.function = slots[n].function,
		.flags = slots[n].egress ? HOP_ROW | HOP_END : HOP_ROW,
		.end_reason = slots[n].egress ? END_EGRESS : END_NONE,
		.follow_only = slots[n].follow_only,
		.side = slots[n].side,
	};

	return on_hit((struct sk_buff *)ARGUMENT_AT(slots[n].position, ARGUMENT_OF_CTX), &hit);
}

#define SLOT(n)							\
	SEC("raw_tp")						\
	int slot_##n(struct bpf_raw_tracepoint_args *ctx)	\
	{							\
		return on_tracepoint(ctx, n);			\
	}
#define SLOTS_8(d) SLOT(d##0) SLOT(d##1) SLOT(d##2) SLOT(d##3) SLOT(d##4) SLOT(d##5) SLOT(d##6) SLOT(d##7)

/* Octal, so that the preprocessor can count; libbpf sees slot_00 to slot_077. */
SLOTS_8(0)
SLOTS_8(01)
SLOTS_8(02)
SLOTS_8(03)
SLOTS_8(04)
SLOTS_8(05)
SLOTS_8(06)
SLOTS_8(07)
