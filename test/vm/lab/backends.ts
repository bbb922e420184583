import { Backend } from "../../../src/gen/ipftrace/v1/node.js";
import type { BackendName } from "./scenario.js";

/** The contract's numbers of backends, best first. */
export const BACKENDS: Readonly<Record<BackendName, Backend>> = {
  "kprobe-multi": Backend.BACKEND_KPROBE_MULTI,
  kprobe: Backend.BACKEND_KPROBE,
  tracepoint: Backend.BACKEND_TRACEPOINT,
};
