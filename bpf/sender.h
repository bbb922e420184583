/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Who sent a packet: the running process, if it runs on its own account - not when an
 * interrupt has borrowed its CPU - and if the packet did not come from an interface.
 */
#pragma once

#include "inject.h"
#include "kernel_types.h"
#include "record.h"

/* Whether the running task is at work itself; written by user space where the kernel lets it be known. */
INJECTED(is_in_process, void)
ROOM_FOR(32)

static __always_inline void tell_sender(const struct sk_buff *skb, struct flow_record *flow)
{
	__u64 ids = bpf_get_current_pid_tgid();

	if (!has_is_in_process || !is_in_process() || BPF_CORE_READ(skb, skb_iif))
		return;
	flow->pid = ids >> 32;
	flow->tid = (__u32)ids;
	bpf_get_current_comm(flow->comm, sizeof(flow->comm));
}
