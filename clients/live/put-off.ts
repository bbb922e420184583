/**
 * What the kernel has put off.
 *
 * Problem: what a socket has read is freed by the processor that allocated it, when that one receives its next packet
 *          (skb_attempt_defer_free and skb_defer_free_flush, net/core/skbuff.c, since 5.19): on a quiet machine seconds
 *          later. A reader that leaves before has a journey without its last row, one that leaves later has it.
 * Choice:  each processor receives a packet.
 */
import { execFileSync } from "node:child_process";

/** Nobody listens there (discard, RFC 863). */
const NOBODY = "/dev/udp/127.0.0.1/9";
const ON_EACH = `
  cpus=$(taskset --cpu-list --pid $$)
  for range in $(tr , ' ' <<<"\${cpus##*: }"); do
    for cpu in $(seq "\${range%-*}" "\${range#*-}"); do
      taskset --cpu-list "$cpu" bash -c 'echo >${NOBODY}'
    done
  done`;

/** Lets the kernel free now what it would free with the next packets. */
export function freeWhatWasPutOff(): void {
  execFileSync("bash", ["-euc", ON_EACH]);
}
