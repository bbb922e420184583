/** Memory of this process that the kernel could use. */
import { libc } from "./libbpf.js";

/** Gives back what has been freed: glibc keeps it, of which compiling leaves tens of megabytes (malloc_trim(3)). */
export function giveMemoryBack(): void {
  libc.mallocTrim(0);
}
