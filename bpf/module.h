/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The compiled module: a function that somebody else wrote, in an object file of its own
 * (bpf/include/ipftrace_module.h). libbpf's linker puts it in the place of the one below before
 * the programs are loaded (src/kernel/link.ts).
 *
 * Problem: a global function gets no pointer to memory that the verifier does not check
 *          by its type, and the stack has no room for the values.
 * Choice:  __hidden, which libbpf takes for static: the verifier then checks the module's code with
 *          what it is called with. It writes into the ring where its values belong.
 * Limits:  one module a trace, since all define the same function.
 */
#pragma once

#include "kernel_types.h"

/* Where the values begin in the block of custom.h, a multiple of 8; 0: there is no compiled module. */
const volatile __u32 module_at = 0;
/* Its fields in the map of those that are there, which is the block's beginning. */
const volatile __u64 module_fields = 0;

/* Most bytes of values: the block without the map. */
#define MODULE_BYTES 248

/*
 * Tells whether the packet matches, and if it does, writes the values into @values, which are zero
 * before. Types are those that the linker finds in every module (src/module/compiled.ts).
 */
__weak __hidden __noinline int module_collect(void *skb, void *values)
{
	/* Or the compiler would leave out the arguments. */
	asm volatile("" : : "r"(skb), "r"(values));
	return 0;
}

/* Room for values that nobody reads: of a packet of which only the answer is asked. */
struct module_values {
	__u64 words[MODULE_BYTES / sizeof(__u64)];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct module_values);
} unread_values SEC(".maps");

static __always_inline bool module_matches(const struct sk_buff *skb)
{
	__u32 zero = 0;
	struct module_values *values = bpf_map_lookup_elem(&unread_values, &zero);

	if (!values)
		return false;
	__builtin_memset(values, 0, sizeof(*values));
	return module_collect((void *)skb, values);
}
