/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * All programs of the collector. User space loads only those that a trace needs.
 *
 *   probes.h, tracepoints.h   a function saw a packet
 *   lifecycle.h               a packet ended
 *   track.h                   what happens then: filter, follow, send
 *   filter.h, flow.h          does the packet match; what do its headers say
 *   maps.h, record.h          where it goes; how it looks
 */
#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lifecycle.h"
#include "probes.h"
#include "tracepoints.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
