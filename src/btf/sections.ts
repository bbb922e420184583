/** The parts of a BTF table: Documentation/bpf/btf.rst of the kernel. */
import { IpftraceError } from "../errors.js";

const MAGIC = 0xeb9f;

/** The types and the strings of a table; those of a split one may be empty. @throws IpftraceError KERNEL_UNSUPPORTED */
export function sectionsOf(bytes: Uint8Array, isSplit: boolean): { types: Uint8Array; strings: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 24 || view.getUint16(0, true) !== MAGIC) {
    throw new IpftraceError("KERNEL_UNSUPPORTED", `not BTF: no magic ${MAGIC.toString(16)} in ${bytes.length} bytes`);
  }
  const [header, typeOffset, typeBytes, stringOffset, stringBytes] = [4, 8, 12, 16, 20].map((at) =>
    view.getUint32(at, true),
  ) as [number, number, number, number, number];
  const end = header + Math.max(typeOffset + typeBytes, stringOffset + stringBytes);
  const stringsEnd = header + stringOffset + stringBytes;
  const hasStrings = bytes[stringsEnd - 1] === 0 || (isSplit && stringBytes === 0);
  if (end > bytes.byteLength || typeBytes % 4 !== 0 || !hasStrings) {
    throw new IpftraceError("KERNEL_UNSUPPORTED", `BTF is cut off or damaged: ${bytes.length} bytes of ${end}`);
  }
  const types = bytes.subarray(header + typeOffset, header + typeOffset + typeBytes);
  return { types, strings: bytes.subarray(header + stringOffset, stringsEnd) };
}
