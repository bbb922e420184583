/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The few kernel structures that the programs read, reduced to the members that
 * they read. preserve_access_index makes libbpf find each member by name in the
 * BTF of the running kernel, so neither order nor offsets matter here.
 */
#pragma once

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

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
	possible_net_t nd_net;
};

struct sock_common {
	possible_net_t skc_net;
	volatile unsigned char skc_state;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock {
	struct sock_common __sk_common;
	struct sock_cgroup_data sk_cgrp_data;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

struct sk_buff {
	struct sk_buff *next;
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	int skb_iif;
	refcount_t users;
	__u32 mark;
	__be16 protocol;
	__be16 vlan_proto;
	__u16 vlan_tci;
	__u16 network_header;
	__u16 mac_header;
	unsigned int tail;		/* 64-bit kernels have offsets here */
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
};

struct skb_shared_info {
	struct sk_buff *frag_list;
};

/* Until Linux 6.2. libbpf takes what follows ___ for no part of the name. */
struct sk_buff___with_vlan_present {
	__u8 vlan_present : 1;
};

#pragma clang attribute pop
