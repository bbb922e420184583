import { existsSync, readFileSync } from "node:fs";
import { Btf, Kind } from "../../src/btf/btf.js";
import { elfSection, elfSymbols } from "../../src/btf/elf.js";

const url = new URL("../../dist/bpf/ipftrace.bpf.o", import.meta.url);
if (!existsSync(url)) throw new Error("dist/bpf/ipftrace.bpf.o is not built: run make -C bpf");

/** The object file that `make -C bpf` built. */
const objectFile = readFileSync(url);

/** Its BTF. */
export const objectBtf = new Btf(elfSection(objectFile, ".BTF") ?? new Uint8Array(0));

/** Names of the programs, of all kinds; not those of subprograms, nor the compiler's labels. */
export const programs: ReadonlySet<string> = new Set(
  ["kprobe", "kprobe.multi", "raw_tp", "raw_tp/kfree_skb", "raw_tp/consume_skb", "raw_tp/kmem_cache_free"]
    .flatMap((section) => [...elfSymbols(objectFile, section).keys()])
    .filter((name) => !name.startsWith("LBB")),
);

/** The variables of a section: offsets from the symbols (BTF gets them from libbpf only), sizes from BTF, in bytes. */
export function variables(section: string): { name: string; offset: number; size: number }[] {
  const id = objectBtf.find(Kind.DATASEC, section);
  if (id === undefined) throw new Error(`the object's BTF has no section ${section}`);
  const offsets = elfSymbols(objectFile, section);
  return Array.from({ length: objectBtf.length(id) }, (_, i) => {
    const name = objectBtf.name(objectBtf.item(id, i, 0));
    return { name, offset: offsets.get(name) ?? Number.NaN, size: objectBtf.item(id, i, 2) };
  });
}
