/**
 * What malloc has given out.
 *
 * Problem: what is resident says little: malloc and V8 keep what was freed, for a moment or for good, and garbage
 *          waits for its collector. One and the same load is resident with 97 to 142 MiB.
 * Choice:  what is in use, over all arenas: buffers, of V8 too, and what Node.js and its libraries hold.
 */
import koffi from "koffi";

const FIELDS = [
  "arena",
  "ordblks",
  "smblks",
  "hblks",
  "hblkhd",
  "usmblks",
  "fsmblks",
  "uordblks",
  "fordblks",
  "keepcost",
];
koffi.struct("mallinfo2", Object.fromEntries(FIELDS.map((name) => [name, "size_t"])));
/** mallinfo2(3), glibc 2.33. */
const mallinfo2 = koffi.load("libc.so.6").func("mallinfo2 mallinfo2()");

/** Bytes of this process that malloc has given out, mapped ones included. */
export function mallocBytes(): number {
  const { uordblks, hblkhd } = mallinfo2() as { uordblks: number; hblkhd: number };
  return uordblks + hblkhd;
}
