/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Functions whose instructions user space writes: src/ebpf/patch.ts replaces the body in
 * the object file, before libbpf opens it.
 *
 * Problem: libbpf relocates by offsets, so that a body cannot grow in the file.
 * Choice:  the body is made as large as it may ever get, of instructions that do
 *          nothing; the generated ones take its end, and a jump that the verifier knows
 *          to be taken skips the rest, which the kernel then removes in one piece.
 * Limits:  each function has a room of its own and one guard, which is zero unless it
 *          was written: the verifier then drops the call and the whole function.
 *
 * Use, with arguments that arrive in r1, r2 and so on:
 *
 *   INJECTED(where_matches, const struct sk_buff *skb)
 *   ROOM_FOR(2048, "r"(skb))
 *   …
 *   if (has_where_matches && !where_matches(skb))
 *
 * or, in two sizes:
 *
 *   INJECTED_IN_SIZES(where_matches, 2048, (const struct sk_buff *skb), "r"(skb))
 *   …
 *   if (IS_INJECTED(where_matches) && !CALL_INJECTED(where_matches, skb))
 */
#pragma once

#include <linux/types.h>

/* Declares the guard and opens the function. */
#define INJECTED(name, ...)				\
	const volatile __u8 has_##name = 0;		\
	static __noinline __u32 name(__VA_ARGS__)

/*
 * The room of @instructions, and the arguments, lest the compiler leave out those that it
 * sees nobody use. Left as it is, it returns 1.
 */
#define ROOM_FOR(instructions, ...)						\
	{									\
		__u32 verdict;							\
										\
		asm volatile(".rept " #instructions "\n\tgoto +0\n\t.endr\n\t%0 = 1"	\
			     : "=r"(verdict) : __VA_ARGS__);			\
		return verdict;							\
	}

/*
 * The same function with a short room and with the long one, NAME_short and NAME. User space writes one of them:
 * what does nothing has to be looked at, too, in each program that is loaded. Most conditions are short.
 */
#define INJECTED_IN_SIZES(name, instructions, parameters, ...)	\
	const volatile __u8 has_##name##_short = 0;		\
	static __noinline __u32 name##_short parameters		\
	ROOM_FOR(256, __VA_ARGS__)				\
	const volatile __u8 has_##name = 0;			\
	static __noinline __u32 name parameters			\
	ROOM_FOR(instructions, __VA_ARGS__)

#define IS_INJECTED(name) (has_##name##_short || has_##name)
#define CALL_INJECTED(name, ...) (has_##name##_short ? name##_short(__VA_ARGS__) : name(__VA_ARGS__))
