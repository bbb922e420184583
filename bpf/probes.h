/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The probes on traced functions. They say what was hit; track.h does the rest.
 */
#pragma once

#include "argument.h"
#include "track.h"

/*
 * Attach cookie of kprobe_multi: the function's id in the low half, bits where a journey ends with
 * it and where none begins, and the position of its sk_buff argument, 1-5.
 */
#define COOKIE_EGRESS (1ULL << 32)
#define COOKIE_FOLLOW_ONLY (1ULL << 33)
#define COOKIE_POSITION_SHIFT 34

static __always_inline int on_function(void *context, unsigned long skb, __u64 function, bool egress,
				       bool follow_only)
{
	struct hit hit = {
		.context = context,
		.function = function,
		.flags = egress ? HOP_ROW | HOP_END : HOP_ROW,
		.end_reason = egress ? END_EGRESS : END_NONE,
		.follow_only = follow_only,
	};

	return on_hit((struct sk_buff *)skb, &hit);
}

#define PARAMETER_OF_CTX(n) PT_REGS_PARM##n(ctx)

/*
 * One program and one link for all functions: what a program and a link cost is most of the time
 * until a trace begins, and until it has ended.
 */
SEC("kprobe.multi")
int kprobe_multi(struct pt_regs *ctx)
{
	__u64 cookie = bpf_get_attach_cookie(ctx);

	return on_function(ctx, ARGUMENT_AT(cookie >> COOKIE_POSITION_SHIFT, PARAMETER_OF_CTX), (__u32)cookie,
			   cookie & COOKIE_EGRESS, cookie & COOKIE_FOLLOW_ONLY);
}

/*
 * These serve kernels without cookies (before 5.15) and many functions in one event: they
 * send the instruction pointer, and what the bits of a cookie say is a program of its own.
 */
#define FUNCTION_PROBE(name, position, egress, follow_only)				\
	SEC("kprobe")									\
	int name##position(struct pt_regs *ctx)						\
	{										\
		return on_function(ctx, PT_REGS_PARM##position(ctx), PT_REGS_IP(ctx),	\
				   egress, follow_only);				\
	}
#define FUNCTION_PROBES(position)							\
	FUNCTION_PROBE(kprobe_, position, false, false)					\
	FUNCTION_PROBE(kprobe_egress_, position, true, false)				\
	FUNCTION_PROBE(kprobe_follow_, position, false, true)				\
	FUNCTION_PROBE(kprobe_follow_egress_, position, true, true)

FUNCTION_PROBES(1)
FUNCTION_PROBES(2)
FUNCTION_PROBES(3)
FUNCTION_PROBES(4)
FUNCTION_PROBES(5)
