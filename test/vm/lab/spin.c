/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps its CPU in the program of a kprobe for nearly all of the time, until it is killed: what interrupts
 * it there hits other probes, and the kernel does not run theirs. The probe is on umask(), which it calls.
 */
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 4000
#define BUFFER 256

/* Reads its context, ROUNDS times. */
static int load(void)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 7, .imm = ROUNDS },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -BUFFER },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = BUFFER },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 3, .src_reg = 6 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_ALU64 | BPF_SUB | BPF_K, .dst_reg = 7, .imm = 1 },
		{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 7, .off = -7 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insn_cnt = sizeof(program) / sizeof(*program),
		.insns = (uintptr_t)program,
		.license = (uintptr_t)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

static int probe(void)
{
	struct perf_event_attr attributes = { .size = sizeof(attributes) };
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "r");

	if (!file || fscanf(file, "%u", &attributes.type) != 1)
		return -1;
	attributes.kprobe_func = (uintptr_t)"__x64_sys_umask";
	return syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

int main(void)
{
	int program = load(), event = probe();

	if (program < 0 || event < 0 || ioctl(event, PERF_EVENT_IOC_SET_BPF, program) ||
	    ioctl(event, PERF_EVENT_IOC_ENABLE, 0)) {
		perror("spin");
		return 1;
	}
	puts("spinning");
	fflush(stdout);
	for (;;)
		umask(022);
}
