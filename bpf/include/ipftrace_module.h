/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * For compiled modules: all that a module's source needs to include.
 *
 * A module defines one struct, whose members are its fields, and one function:
 *
 *   struct my_values {
 *           __u32 mark IPFTRACE("hex") IPFTRACE("description=Mark of the packet.");
 *   };
 *
 *   int module_collect(struct sk_buff *skb, struct my_values *values)
 *   {
 *           values->mark = BPF_CORE_READ(skb, mark);
 *           return 1;
 *   }
 *
 * At every function that is traced it is called for packets that are not followed yet, where they meet
 * all other conditions, and for those that are followed. It returns 0 where a packet does not match:
 * then it is not followed (yet), or shows none of the values there. Where a packet is first followed it
 * is called twice: first only its answer counts. @values is zero before; what is written goes into
 * the ring as it is, so that nothing needs to be copied. docs/modules.md has the rest.
 *
 *   ipftrace module new NAME      a source to begin with
 *   ipftrace module check FILE    compiles, links and loads it, without attaching
 *
 * What holds for every BPF program holds here: kernel memory is read with BPF_CORE_READ or
 * bpf_probe_read_kernel, never through the pointer itself, and loops have bounds that the verifier can
 * see. Stack: 128 bytes for module_collect and what it calls. Linux 5.10 has no bpf_loop, and no
 * atomic operations whose result is used. Maps and global variables are the module's own; the licence is
 * the collector's ("Dual BSD/GPL") and must not be declared again.
 */
#pragma once

#if !defined(__bpf__)
#error "a module is compiled for BPF: give clang -target bpf, or use ipftrace module check"
#endif
#if !__has_attribute(btf_decl_tag)
#error "a module needs clang 14 or newer"
#endif

/* A module may include a vmlinux.h of its own before: then all types are there. */
#ifndef __VMLINUX_H__
#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>
#endif

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/*
 * Says how a member of the struct is shown; several may follow a member:
 *
 *   "hex" "ip" "mac" "be"      the kinds of docs/modules.md; "be": a number in network order
 *   "flags" "enum"             names of bits, or of values: those of the member's own enum
 *   "flags=NAME" "enum=NAME"   … of another enum of the module or the kernel, or as "flags=SKB_GSO_*"
 *   "unit=TEXT" "description=TEXT"
 *
 * Behind the closing brace of the struct, "description=TEXT" says what the module shows.
 */
#define IPFTRACE(text) __attribute__((btf_decl_tag("ipftrace:" text)))

#ifndef __VMLINUX_H__
/*
 * Kernel structures with those members that modules most often read. libbpf finds each by its name
 * in the running kernel, so that neither order nor offsets matter, and what a kernel lacks
 * matters only where it is read (bpf_core_field_exists tells). For other members declare the
 * structure again, as struct sk_buff___mine: libbpf leaves out the ___ and what follows.
 * The collector's own (kernel_types.h) are others: these are what authors may rely on.
 */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	char name[16];
	int ifindex;
	unsigned int mtu;
	unsigned int flags;
	unsigned short type;
	unsigned char *dev_addr;
	possible_net_t nd_net;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
	__u32 sk_mark;
	__u32 sk_priority;
	__u16 sk_protocol;
	__u16 sk_type;
	int sk_rcvbuf;
	int sk_sndbuf;
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	char cb[48];
	unsigned long _skb_refdst;
	unsigned int len;
	unsigned int data_len;
	__u16 mac_len;
	__u16 hdr_len;
	__u16 queue_mapping;
	__u32 priority;
	int skb_iif;
	__u32 hash;
	__be16 vlan_proto;
	__u16 vlan_tci;
	unsigned int napi_id;
	__u32 mark;
	__u16 inner_transport_header;
	__u16 inner_network_header;
	__u16 inner_mac_header;
	__be16 protocol;
	__u16 transport_header;
	__u16 network_header;
	__u16 mac_header;
	unsigned int tail;	/* from head, as the kernels that we trace have it */
	unsigned int end;	/* from head */
	unsigned char *head;
	unsigned char *data;
	unsigned int truesize;
	refcount_t users;
};

struct skb_shared_info {
	__u8 nr_frags;
	__u8 tx_flags;
	unsigned short gso_size;
	unsigned short gso_segs;
	unsigned int gso_type;
};

#pragma clang attribute pop
#endif /* __VMLINUX_H__ */

/* As the kernel's functions of these names: addresses in the kernel, to be read from. */
static __always_inline struct skb_shared_info *skb_shinfo(const struct sk_buff *skb)
{
	return (struct skb_shared_info *)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
}

static __always_inline void *skb_mac_header(const struct sk_buff *skb)
{
	return BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, mac_header);
}

static __always_inline void *skb_network_header(const struct sk_buff *skb)
{
	return BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
}

static __always_inline void *skb_transport_header(const struct sk_buff *skb)
{
	return BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header);
}
