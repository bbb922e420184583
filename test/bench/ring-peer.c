/*
 * The other side of the benchmark "ring": fills a ring with the records of whole journeys
 * (test/bpf/synthetic.bpf.c), reads it as a program in C would, and puts the reader back, so that
 * both readers get the same bytes. Loaded into the process that measures; one thread only.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record.h"

struct order { __u64 first; __u32 journeys, hops, functions, reserved; };

static struct bpf_object *object;
static struct ring_buffer *reader;
static volatile unsigned long *consumer;
static int program;
/* What the reader saw, so that its reads are not left out by the compiler. */
static __u64 sum;

static int on_record(void *context, void *data, size_t size)
{
	const struct hop_record *hop = data;

	(void)context;
	if (size < sizeof(*hop))
		return 0;
	sum += hop->time_ns ^ hop->journey ^ hop->skb ^ hop->function;
	sum += hop->length + hop->ifindex + hop->netns + hop->stack;
	sum += hop->cpu + hop->flags + hop->end_reason + hop->drop_reason + hop->lost + hop->location;
	if (hop->flags & HOP_FLOW)
		sum += ((const struct full_record *)data)->flow.parent;
	return 0;
}

/* The file descriptor of the ring; negative: -errno. */
int peer_open(const char *path, unsigned int ring_bytes)
{
	struct bpf_map *ring, *counters;
	int fd;

	object = bpf_object__open(path);
	if (!object)
		return -errno;
	ring = bpf_object__find_map_by_name(object, "ring");
	counters = bpf_object__find_map_by_name(object, "counters");
	if (!ring || !counters || bpf_map__set_max_entries(ring, ring_bytes) ||
	    bpf_map__set_max_entries(counters, libbpf_num_possible_cpus()) || bpf_object__load(object))
		return -errno;
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "synthesize"));
	fd = bpf_map__fd(ring);
	reader = ring_buffer__new(fd, on_record, NULL, NULL);
	consumer = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return reader && consumer != MAP_FAILED ? fd : -errno;
}

/* Writes so many journeys; 0, or what went wrong. */
int peer_fill(double first, unsigned int journeys, unsigned int hops, unsigned int functions)
{
	struct order order = { .first = first, .journeys = journeys, .hops = hops, .functions = functions };
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &order, .ctx_size_in = sizeof(order));
	int error = bpf_prog_test_run_opts(program, &run);

	return error ? error : (int)run.retval;
}

/* Reads all there is. */
void peer_read(void)
{
	ring_buffer__consume(reader);
}

double peer_position(void)
{
	return *consumer;
}

/* Puts the reader back to a position, while what lies there has not been overwritten. */
void peer_rewind(double position)
{
	*consumer = (unsigned long)position;
}

double peer_sum(void)
{
	return sum;
}

void peer_close(void)
{
	munmap((void *)consumer, getpagesize());
	ring_buffer__free(reader);
	bpf_object__close(object);
}
