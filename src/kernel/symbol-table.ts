/**
 * From addresses of kernel code to functions: `name+0xoffset`, with ` [module]` behind those
 * of a module. Reading the table takes 0.1 s, so it is done when the first address comes.
 */
import { forEachTextSymbol } from "./kallsyms.js";
import { readKernelFile } from "./read-file.js";

/** Stands for an address of no symbol. */
const UNKNOWN = "[unknown]";
/** The symbol at which the kernel's own code begins. */
const ANCHOR = "_stext";
const TWO_32 = 4_294_967_296;
const NEWLINE = 0x0a;

/** The shortest line of /proc/kallsyms, bytes. */
const SHORTEST_LINE = 21;

/** All functions of the kernel and its modules at one moment. */
export class SymbolTable {
  readonly #text: Buffer;
  /** Addresses by their low 53 bits, as all higher ones are ones; in the order of the text. */
  readonly #addresses: Float64Array;
  /** Where in `#text` the name of each begins. */
  readonly #names: Uint32Array;
  /** Their indices by address. The text is sorted but for the modules, so that this takes no time. */
  readonly #order: Uint32Array;
  #anchor = 0;

  constructor(text = readKernelFile("/proc/kallsyms")) {
    const capacity = Math.ceil(text.length / SHORTEST_LINE);
    const addresses = new Float64Array(capacity);
    const names = new Uint32Array(capacity);
    let count = 0;
    forEachTextSymbol(text, (address, start, end) => {
      addresses[count] = address;
      names[count++] = start;
      if (this.#anchor === 0 && text.toString("latin1", start, end) === ANCHOR) this.#anchor = address;
    });
    this.#text = text;
    this.#addresses = addresses;
    this.#names = names;
    this.#order = new Uint32Array(count).map((_, index) => index);
    this.#order.sort((a, b) => (addresses[a] as number) - (addresses[b] as number));
  }

  /** The place of an address, given by its low 53 bits; "[unknown]" before the first symbol. */
  at(address: number): string {
    const index = this.#indexOf(address);
    if (index === undefined) return UNKNOWN;
    const offset = address - (this.#addresses[index] as number);
    const start = this.#names[index] as number;
    const end = this.#text.indexOf(NEWLINE, start);
    const [name, module] = this.#text.toString("latin1", start, end < 0 ? undefined : end).split("\t");
    return `${name}+0x${offset.toString(16)}${module === undefined ? "" : ` ${module}`}`;
  }

  /**
   * The place of an address of which only the low 32 bits are known: the kernel and its modules
   * lie within 2 GiB of each other. Empty when the kernel hides its addresses.
   */
  near(low: number): string {
    if (this.#anchor === 0) return "";
    const same = Math.floor(this.#anchor / TWO_32) * TWO_32 + low;
    const distance = (address: number): number => Math.abs(address - this.#anchor);
    const [nearest] = [same - TWO_32, same, same + TWO_32].sort((a, b) => distance(a) - distance(b));
    return this.at(nearest as number);
  }

  /** Index of the last symbol that begins at the address or before it. */
  #indexOf(address: number): number | undefined {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#addresses[this.#order[middle] as number] as number) <= address) low = middle + 1;
      else high = middle;
    }
    const index = this.#order[low - 1];
    return index === undefined || this.#addresses[index] === 0 ? undefined : index;
  }
}
