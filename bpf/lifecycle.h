/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Where packets end.
 *
 * The tracepoints kfree_skb (a drop) and consume_skb (used up) see most ends. TCP
 * frees the packets that it has read by __kfree_skb, GRO those that it has merged in ways
 * of its own, and neither passes a tracepoint: there the functions that free are probed
 * (src/kernel/attach.ts has the list), and where probes are refused the slab allocator's
 * own tracepoint tells.
 */
#pragma once

#include "track.h"

/* Ids under which the two tracepoints are traced as functions, too; 0: they are not. */
const volatile __u32 kfree_skb_function = 0;
const volatile __u32 consume_skb_function = 0;

/* Whether this kernel's kfree_skb tracepoint has a reason (since Linux 5.17). */
const volatile __u8 has_drop_reason = 0;

static __always_inline int on_end(struct sk_buff *skb, __u32 function, __u8 end_reason, __u32 drop_reason)
{
	struct hit hit = {
		.function = function,
		.flags = HOP_END | (function ? HOP_ROW : 0),
		.end_reason = end_reason,
		.drop_reason = drop_reason,
	};

	return on_hit(skb, &hit);
}

SEC("raw_tp/kfree_skb")
int end_dropped(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 reason = has_drop_reason ? ctx->args[2] : 0;

	return on_end((struct sk_buff *)ctx->args[0], kfree_skb_function, END_DROPPED, reason);
}

SEC("raw_tp/consume_skb")
int end_consumed(struct bpf_raw_tracepoint_args *ctx)
{
	return on_end((struct sk_buff *)ctx->args[0], consume_skb_function, END_CONSUMED, 0);
}

/* On functions that free their first argument, by whichever kind of probe the backend has. */
SEC("kprobe")
int end_freed(struct pt_regs *ctx)
{
	return on_end((struct sk_buff *)PT_REGS_PARM1(ctx), 0, END_CONSUMED, 0);
}

SEC("kprobe.multi")
int end_freed_multi(struct pt_regs *ctx)
{
	return on_end((struct sk_buff *)PT_REGS_PARM1(ctx), 0, END_CONSUMED, 0);
}

/*
 * kmem_cache_free(call_site, object, …). An sk_buff that was allocated for cloning
 * (struct sk_buff_fclones) has its clone right behind it and both are freed as one
 * object, so that both addresses end.
 */
SEC("raw_tp/kmem_cache_free")
int end_slab_freed(struct bpf_raw_tracepoint_args *ctx)
{
	void *object = (void *)ctx->args[1];

	on_end(object, 0, END_CONSUMED, 0);
	return on_end(object + bpf_core_type_size(struct sk_buff), 0, END_CONSUMED, 0);
}
