/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The argument of a function, or of a tracepoint, whose position is known when the program is loaded.
 *
 * Problem: contexts must be read at constant offsets.
 * Choice:  a branch for each position; asm volatile keeps the compiler from making one computed offset out of
 *          five constant ones.
 */
#pragma once

#define IF_POSITION_IS(n, position, READ)	\
	if ((position) == n) {			\
		value = READ(n);		\
		asm volatile("" : "+r"(value));	\
	}

/* READ(n) reads the argument at position n, 1-5; 0 for every other position. */
#define ARGUMENT_AT(position, READ)			\
	({						\
		unsigned long value = 0;		\
							\
		IF_POSITION_IS(1, position, READ)	\
		IF_POSITION_IS(2, position, READ)	\
		IF_POSITION_IS(3, position, READ)	\
		IF_POSITION_IS(4, position, READ)	\
		IF_POSITION_IS(5, position, READ)	\
		value;					\
	})
