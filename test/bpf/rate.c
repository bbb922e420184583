/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs bpf/rate.h on this machine's CPUs; rate.test.ts judges what it prints.
 *
 *   rate steps PER_SECOND NS[xCOUNT]…       for each time, how many of COUNT (1) tokens are given then
 *   rate race THREADS PER_SECOND SECONDS PAUSE_MS
 *        Threads that take all they can get. When they have it, a clock of its own goes on by 10
 *        milliseconds and, once a second, by a pause. Tokens given, spent (given and thrown away) and earned.
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/rate.h"

#define NS_PER_MS (NS_PER_SECOND / 1000)
#define STEP_MS 10
#define MAX_THREADS 16

static volatile __u64 spent;
static volatile __u64 now_ns;
static volatile bool over;
static __u32 per_second;

static void steps(int count, char **times)
{
	for (int n = 0; n < count; n++) {
		char *separator = strchr(times[n], 'x');
		long asked = separator ? atol(separator + 1) : 1;
		__u64 time = strtoull(times[n], NULL, 10);
		long given = 0;

		while (asked--)
			given += take_token(&spent, time, per_second);
		printf("%ld ", given);
	}
}

static void *take_all(void *given)
{
	while (!over)
		*(long *)given += take_token(&spent, now_ns, per_second);
	return NULL;
}

static void race(int threads, __u64 seconds, __u64 pause_ms)
{
	pthread_t ids[MAX_THREADS];
	long given[MAX_THREADS] = {}, sum = 0;

	for (int n = 0; n < threads; n++)
		pthread_create(&ids[n], NULL, take_all, &given[n]);
	for (__u64 ms = 0; ms < seconds * 1000; ms += STEP_MS) {
		while (spent % DISCARDING < tokens_earned(now_ns, per_second))
			sched_yield();
		now_ns += STEP_MS * NS_PER_MS + (ms % 1000 ? 0 : pause_ms * NS_PER_MS);
	}
	over = true;
	for (int n = 0; n < threads; n++) {
		pthread_join(ids[n], NULL);
		sum += given[n];
	}
	while (take_token(&spent, now_ns, per_second))
		sum++;
	printf("%ld %llu %llu ", sum, (unsigned long long)spent,
	       (unsigned long long)tokens_earned(now_ns, per_second));
}

int main(int count, char **words)
{
	if (count > 3 && !strcmp(words[1], "steps")) {
		per_second = atol(words[2]);
		steps(count - 3, words + 3);
	} else if (count == 6 && !strcmp(words[1], "race") && atoi(words[2]) <= MAX_THREADS) {
		per_second = atol(words[3]);
		race(atoi(words[2]), atol(words[4]), atol(words[5]));
	} else {
		return 2;
	}
	return 0;
}
