/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* The programs of life_probe.h for kprobe-multi: one for functions that are entered, one for those that return. */
#pragma once

#include "lifecycle.h"
#include "lineage.h"

static __always_inline int on_life(struct pt_regs *ctx, __u64 kind)
{
	unsigned long first = PT_REGS_PARM1(ctx), second = PT_REGS_PARM2(ctx);

	switch (kind) {
	case LIFE_END_FREED:
		return on_freed(ctx, first);
	case LIFE_END_RECYCLED:
		return on_freed(ctx, second);
	case LIFE_BORN:
		return on_birth(first, second, LINK_CLONE);
	case LIFE_BORN_COPY:
		return on_birth(first, second, LINK_COPY);
	case LIFE_BORN_FRAGMENT:
		return on_birth(first, second, LINK_FRAGMENT);
	case LIFE_BORN_REASSEMBLY:
		return on_birth(first, second, LINK_REASSEMBLY);
	case LIFE_BORN_FRESH:
		return on_birth(first, 0, LINK_NONE);
	case LIFE_SEGMENTING:
		return on_segmenting(first);
	case LIFE_MERGING_BEGINS:
		return on_merging(first, second);
	case LIFE_QUEUED:
		return on_queued(second);
	case LIFE_REASSEMBLING_BEGINS:
		return on_reassembling(second);
	case LIFE_END_EMPTIED:
		on_emptied(first);
		return on_freed(ctx, first);
	}
	return 0;
}

SEC("kprobe.multi")
int life_multi(struct pt_regs *ctx)
{
	return on_life(ctx, bpf_get_attach_cookie(ctx));
}

SEC("kprobe.multi")
int life_return_multi(struct pt_regs *ctx)
{
	if (bpf_get_attach_cookie(ctx) == LIFE_MERGING_ENDS)
		return on_merged(PT_REGS_RC(ctx));
	return on_reassembled(ctx);
}
