/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What is done where packets begin, are made of others, and end: one program each for kprobes. With
 * kprobe-multi two do all of it, and the attach cookie says what (life_multi.h).
 */
#pragma once

/* src/kernel/life-probes.ts has the same numbers; test/bpf/layout.test.ts compares. */
enum life_kind {
	LIFE_END_FREED = 1,
	LIFE_END_RECYCLED = 2,
	LIFE_BORN = 3,
	LIFE_BORN_COPY = 4,
	LIFE_BORN_FRAGMENT = 5,
	LIFE_BORN_REASSEMBLY = 6,
	LIFE_BORN_FRESH = 7,
	LIFE_SEGMENTING = 8,
	LIFE_MERGING_BEGINS = 9,
	LIFE_QUEUED = 10,
	LIFE_REASSEMBLING_BEGINS = 11,
	LIFE_END_EMPTIED = 12,
	/* These when a function returns. */
	LIFE_MERGING_ENDS = 13,
	LIFE_REASSEMBLING_ENDS = 14,
};

#define LIFE_PROBE(name, call)				\
	SEC("kprobe")					\
	int name(struct pt_regs *ctx)			\
	{						\
		return call;				\
	}
