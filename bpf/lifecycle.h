/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Where packets end.
 *
 * The tracepoints kfree_skb (a drop) and consume_skb (used up) see most ends. TCP
 * frees the packets that it has read by __kfree_skb, GRO those that it has merged in ways
 * of its own, and neither passes a tracepoint: there the functions that free are probed
 * (src/kernel/life-probes.ts has the list), and where probes are refused the slab allocator's
 * own tracepoint tells.
 */
#pragma once

#include "life_probe.h"
#include "track.h"

/* Ids under which the two tracepoints are traced as functions, too; 0: they are not. */
const volatile __u32 kfree_skb_function = 0;
const volatile __u32 consume_skb_function = 0;
/* Whether they are traced of packets only that are followed already. */
const volatile __u8 kfree_skb_follow_only = 0;
const volatile __u8 consume_skb_follow_only = 0;

/* Whether this kernel's kfree_skb tracepoint has a reason (since Linux 5.17). */
const volatile __u8 has_drop_reason = 0;

static __always_inline int on_used(void *context, struct sk_buff *skb, __u32 function)
{
	struct hit hit = {
		.context = context,
		.function = function,
		.flags = HOP_END | (function ? HOP_ROW : 0),
		.end_reason = END_CONSUMED,
		.follow_only = function ? consume_skb_follow_only : 0,
	};

	return on_hit(skb, &hit);
}

SEC("raw_tp/kfree_skb")
int end_dropped(struct bpf_raw_tracepoint_args *ctx)
{
	struct hit hit = {
		.context = ctx,
		.function = kfree_skb_function,
		.flags = HOP_END | (kfree_skb_function ? HOP_ROW : 0),
		.end_reason = END_DROPPED,
		.follow_only = kfree_skb_follow_only,
		.drop_reason = has_drop_reason ? ctx->args[2] : 0,
		.location = ctx->args[1],
	};

	return on_hit((struct sk_buff *)ctx->args[0], &hit);
}

SEC("raw_tp/consume_skb")
int end_consumed(struct bpf_raw_tracepoint_args *ctx)
{
	return on_used(ctx, (struct sk_buff *)ctx->args[0], consume_skb_function);
}

/* Functions that free a packet, unless somebody else holds it, too. */
static __always_inline int on_freed(void *context, unsigned long address)
{
	struct sk_buff *skb = (struct sk_buff *)address;

	if (!has_followed)
		return 0;
	return BPF_CORE_READ(skb, users.refs.counter) > 1 ? 0 : on_used(context, skb, 0);
}

LIFE_PROBE(end_freed, on_freed(ctx, PT_REGS_PARM1(ctx)))
/* napi_reuse_skb(napi, skb): the driver fills the same sk_buff with the next packet. */
LIFE_PROBE(end_recycled, on_freed(ctx, PT_REGS_PARM2(ctx)))

/*
 * kmem_cache_free(call_site, object, …). An sk_buff that was allocated for cloning
 * (struct sk_buff_fclones) has its clone right behind it and both are freed as one
 * object, so that both addresses end.
 */
SEC("raw_tp/kmem_cache_free")
int end_slab_freed(struct bpf_raw_tracepoint_args *ctx)
{
	void *object = (void *)ctx->args[1];

	on_used(ctx, object, 0);
	return on_used(ctx, object + bpf_core_type_size(struct sk_buff), 0);
}
