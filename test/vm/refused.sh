#!/usr/bin/env bash
# Runs in the virtual machine: functions that the kernel refuses though its list says that they can be traced.
# No Debian kernel has any, so that two are added to the list as programs see it, which no probe can be
# attached to: where system calls and page faults enter the kernel, in assembler that no types describe. Leaves what the
# command line printed in /out (refused.test.ts judges).
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=scenario-lib.sh
. test/vm/scenario-lib.sh
tracing=/sys/kernel/tracing

# FILE PATTERN: shows a file of the tracer with more lines in it, those of the symbols cut by sed's PATTERN.
add_to() {
	local copy=/tmp/${1##*/}
	[ -e "$1" ] || return 0
	cat "$1" >"$copy"
	grep -E ' [tT] (entry_SYSCALL_64|asm_exc_page_fault)$' /proc/kallsyms | sort -u -k3 | sed -E "$2" >>"$copy"
	mount --bind "$copy" "$1"
}

add_to $tracing/available_filter_functions 's/.* //'
add_to $tracing/available_filter_functions_addrs 's/ . / /'
cat >/tmp/manifest.yaml <<-MANIFEST
	name: refused
	functions:
	  sent: { functions: [ip_output, { name: entry_SYSCALL_64, skb_pos: 1 }, ip_finish_output2, dev_hard_start_xmit] }
	  received: { functions: [ip_rcv, { name: asm_exc_page_fault, skb_pos: 1 }, ip_local_deliver, icmp_rcv] }
MANIFEST
start refused "${ipftrace[@]}" -l4 ICMP -s4 127.0.0.1 /tmp/manifest.yaml
ready refused
ping -q -c 1 127.0.0.1 >/dev/null
sleep 2
finish refused
