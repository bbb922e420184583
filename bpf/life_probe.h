/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
#pragma once

/* A program on functions of the kernel, for whichever kind of probe the backend has: NAME and NAME_multi. */
#define LIFE_PROBE(name, call)				\
	SEC("kprobe")					\
	int name(struct pt_regs *ctx)			\
	{						\
		return call;				\
	}						\
	SEC("kprobe.multi")				\
	int name##_multi(struct pt_regs *ctx)		\
	{						\
		return call;				\
	}
