/*
 * Loads a trace that runs with journeys that never were, at an exact rate (test/bpf/synthetic.bpf.c
 * writes them).
 *
 *   synthetic OBJECT RING_MAP COUNTERS_MAP FUNCTIONS HOPS EVENTS_PER_SECOND SECONDS
 *
 * The maps are given by id. Ends after that time, or by SIGTERM, and prints
 *
 *   EVENTS SECONDS
 *
 * what it sent (also what found no room) and how long that took. Late by more than a tick, it
 * catches up, a second at most.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICK_NS 1000000
/* Journeys of one run: what the loop of the program may do. */
#define MAX_JOURNEYS 4096

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
	fprintf(stderr, "synthetic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void use_map(struct bpf_object *object, const char *name, const char *id)
{
	int fd = bpf_map_get_fd_by_id(atoi(id));
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	if (fd < 0 || !map || bpf_map__reuse_fd(map, fd))
		fail(name);
}

static int load(char **words)
{
	struct bpf_object *object = bpf_object__open(words[1]);

	if (!object)
		fail(words[1]);
	use_map(object, "ring", words[2]);
	use_map(object, "counters", words[3]);
	if (bpf_object__load(object))
		fail("load");
	return bpf_program__fd(bpf_object__find_program_by_name(object, "synthesize"));
}

int main(int count, char **words)
{
	struct { __u64 first; __u32 journeys, hops, functions, reserved; } order = {};
	double rate, seconds, began, passed = 0;
	__u64 journeys = 0;
	int fd;

	if (count != 8)
		return 2;
	signal(SIGTERM, stop);
	fd = load(words);
	order.functions = atoi(words[4]);
	order.hops = atoi(words[5]);
	rate = atof(words[6]) / order.hops;
	seconds = atof(words[7]);
	puts("sending");
	fflush(stdout);
	for (began = now(); !stopped && passed < seconds; passed = now() - began) {
		struct timespec tick = { .tv_nsec = TICK_NS };
		double due = passed * rate - journeys;

		/* After a suspension there is no point in a flood: the time that is missed begins later. */
		if (due > rate) {
			began += (due - rate) / rate;
			due = rate;
		}
		for (; due >= 1 && !stopped; due -= order.journeys) {
			LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &order, .ctx_size_in = sizeof(order));

			order.first = journeys;
			order.journeys = due < MAX_JOURNEYS ? due : MAX_JOURNEYS;
			if (bpf_prog_test_run_opts(fd, &run) || run.retval)
				fail("run");
			journeys += order.journeys;
		}
		nanosleep(&tick, NULL);
	}
	printf("%llu %.3f\n", journeys * order.hops, passed);
	return 0;
}
