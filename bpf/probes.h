/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The probes: one program for each position of the sk_buff argument. They say what
 * was hit; track.h does the rest.
 */
#pragma once

#include "track.h"

/* Attach cookie of kprobe_multi: the function's id, and this bit where a journey ends with it. */
#define COOKIE_EGRESS (1ULL << 32)

static __always_inline int on_function(void *context, unsigned long skb, __u64 function, bool egress)
{
	struct hit hit = {
		.context = context,
		.function = function,
		.flags = egress ? HOP_ROW | HOP_END : HOP_ROW,
		.end_reason = egress ? END_EGRESS : END_NONE,
	};

	return on_hit((struct sk_buff *)skb, &hit);
}

/*
 * kprobe_multi_N is told by its cookie which function was hit. kprobe_N serves
 * kernels without cookies (before 5.15) and many functions in one event: it sends the
 * instruction pointer, and egress functions have a program of their own.
 */
#define FUNCTION_PROBES(position)							\
	SEC("kprobe.multi")								\
	int kprobe_multi_##position(struct pt_regs *ctx)				\
	{										\
		__u64 cookie = bpf_get_attach_cookie(ctx);				\
											\
		return on_function(ctx, PT_REGS_PARM##position(ctx), (__u32)cookie,		\
				   cookie & COOKIE_EGRESS);				\
	}										\
	SEC("kprobe")									\
	int kprobe_##position(struct pt_regs *ctx)					\
	{										\
		return on_function(ctx, PT_REGS_PARM##position(ctx), PT_REGS_IP(ctx), false);\
	}										\
	SEC("kprobe")									\
	int kprobe_egress_##position(struct pt_regs *ctx)				\
	{										\
		return on_function(ctx, PT_REGS_PARM##position(ctx), PT_REGS_IP(ctx), true);	\
	}

FUNCTION_PROBES(1)
FUNCTION_PROBES(2)
FUNCTION_PROBES(3)
FUNCTION_PROBES(4)
FUNCTION_PROBES(5)
