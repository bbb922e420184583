/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * At most so many packets a second: a bucket of tokens that all CPUs share.
 *
 * Problem: before Linux 5.12 no atomic operation tells a program what it met, and tracing
 *          programs may not lock. An interrupt may come between any two instructions.
 * Choice:  one number, the tokens that were ever spent, is only added to. Who takes one adds
 *          first and looks then: of all that succeed, the one whose addition came last sees those
 *          of all others, so that never more are spent than time has earned. Tokens that were
 *          not used in time count as spent; the high bits of the same number let one context
 *          at a time throw them away.
 * Limits:  two contexts that meet at the last token may both be refused.
 *
 * test/bpf/rate.c runs this header on all CPUs of the machine that builds it.
 */
#pragma once

#include <linux/types.h>

#define NS_PER_SECOND 1000000000ULL

/* Contexts that want to throw tokens away are counted above the tokens spent. */
#define DISCARDING (1ULL << 56)

/* What the bucket holds: a tenth of a second's tokens, at least one. */
static __always_inline __u64 bucket_size(__u32 per_second)
{
	return per_second < 20 ? 1 : per_second / 10;
}

/* Tokens that may have been spent @elapsed_ns after the bucket was filled. */
static __always_inline __u64 tokens_earned(__u64 elapsed_ns, __u32 per_second)
{
	return bucket_size(per_second) + elapsed_ns / NS_PER_SECOND * per_second +
	       elapsed_ns % NS_PER_SECOND * per_second / NS_PER_SECOND;
}

/* Throws away what the bucket does not hold, unless somebody else is at it. */
static __always_inline void discard_tokens(volatile __u64 *spent, __u64 earned, __u64 size)
{
	__u64 met, excess = 0;

	__sync_fetch_and_add(spent, DISCARDING);
	met = *spent;
	if (met / DISCARDING == 1 && met % DISCARDING + size < earned)
		excess = earned - size - met % DISCARDING;
	__sync_fetch_and_add(spent, excess - DISCARDING);
}

/* Takes a token; false when there is none. */
static __always_inline bool take_token(volatile __u64 *spent, __u64 elapsed_ns, __u32 per_second)
{
	__u64 earned = tokens_earned(elapsed_ns, per_second);
	__u64 size = bucket_size(per_second);
	__u64 before = *spent % DISCARDING;

	if (before >= earned)
		return false;
	if (before + size < earned)
		discard_tokens(spent, earned, size);
	__sync_fetch_and_add(spent, 1);
	if (*spent % DISCARDING <= earned)
		return true;
	__sync_fetch_and_add(spent, -1);
	return false;
}
