/** Tries whether the kernel takes what modules and conditions add to the programs. */
import { type AttachRequest, EVERY_PACKET } from "./attach-request.js";
import { slotProgram } from "./attach-tracepoint.js";
import { BpfObject } from "./object.js";
import { writeConstants } from "./rodata.js";

/** A tracepoint, which every kernel has; what the programs do with a packet is the same in all of them. */
const TRACED = {
  id: 1,
  name: "tracepoint:net_dev_queue",
  tracepoint: "net_dev_queue",
  position: 1,
  egress: false,
  followOnly: false,
  group: "",
  module: "vmlinux",
} as const;
/** One page. */
const LEAST_RING_BYTES = 4096;

/** Loads one program and attaches nothing. @throws IpftraceError as {@link BpfObject.load} */
export function tryLoading({
  conditions,
  customBytes,
  module,
}: Pick<AttachRequest, "conditions" | "customBytes" | "module">): void {
  const object = BpfObject.load({
    name: "ipftrace",
    programs: new Set([slotProgram(0)]),
    entries: { ring: LEAST_RING_BYTES, tracked: 1 },
    injected: conditions.injected,
    module,
    configure: (rodata) =>
      writeConstants(rodata, {
        ...conditions,
        customBytes,
        moduleAt: module?.at ?? 0,
        moduleFields: module?.fields ?? 0n,
        slots: [TRACED],
        kfreeSkb: undefined,
        consumeSkb: undefined,
        hasDropReason: false,
        stacks: "none",
        ...EVERY_PACKET,
      }),
  });
  object.close();
}
