/**
 * One loaded copy of the collector's BPF object: its programs, maps and links.
 *
 * A trace owns one. Nothing is pinned, so that the kernel drops everything when the
 * process ends, however it ends.
 */
import { readFileSync } from "node:fs";
import koffi from "koffi";
import { type Injected, inject, leaveOut } from "../ebpf/patch.js";
import { IpftraceError, messageOf } from "../errors.js";
import { asExhausted } from "./exhausted.js";
import { inBackground } from "./in-background.js";
import { checkPointer, checkResult, libbpf, libc, NativeError, type Pointer } from "./libbpf.js";
import { type LinkedModule, link } from "./link.js";
import { catchLibbpfLog, lastWords, takeLibbpfLog, verdict } from "./log.js";

/** The object files that the build makes: the collector, and the one of trial.bpf.c. */
export type ObjectName = "ipftrace" | "trial";

/** The bytes of an object file. */
export function readObjectFile(name: ObjectName): Buffer {
  try {
    // dist/bpf from any folder of dist, and from src/kernel in tests.
    return readFileSync(new URL(`../../dist/bpf/${name}.bpf.o`, import.meta.url));
  } catch (reason) {
    throw new IpftraceError("KERNEL_UNSUPPORTED", 'the BPF object is not built; run "npm run build"', {
      cause: reason,
    });
  }
}

/** What to load, and how. */
export interface LoadOptions {
  readonly name: ObjectName;
  /** Names of the programs to load; the others stay out. */
  readonly programs: ReadonlySet<string>;
  /** Entries of maps whose size is decided here; bytes, for the ring. */
  readonly entries: Readonly<Record<string, number>>;
  /** Instructions to write into the object before it is loaded. */
  readonly injected: Injected;
  /** A compiled module to link with it. */
  readonly module?: LinkedModule | undefined;
  /** Fills the constants; `rodata` is the whole section. */
  readonly configure?: (rodata: Buffer) => void;
}

/** A loaded object. {@link close} is safe to call twice. */
export class BpfObject {
  #object: Pointer;
  readonly #programs = new Map<string, bigint>();
  /** File descriptors. */
  #links: number[] = [];

  private constructor(object: bigint) {
    this.#object = object;
    let program: Pointer = null;
    for (;;) {
      program = libbpf.nextProgram(object, program) as Pointer;
      if (program === null || program === 0n) break;
      this.#programs.set(libbpf.programName(program) as string, program);
    }
  }

  /**
   * @throws IpftraceError ATTACH_FAILED with the verifier's last words, NOT_PERMITTED without
   * privileges, LIMIT_REACHED when there is no room for what is injected or something has run out, INVALID_INPUT when the
   * module cannot be linked.
   */
  static load(options: LoadOptions): BpfObject {
    catchLibbpfLog();
    takeLibbpfLog();
    const bytes = imageOf(options);
    const object = new BpfObject(checkPointer("open the BPF object", libbpf.openMem(bytes, bytes.length, null)));
    try {
      object.#prepare(options);
      checkResult("load the BPF programs", libbpf.load(object.#object));
      return object;
    } catch (reason) {
      object.close();
      throw loadError(reason, options.module);
    }
  }

  #prepare(options: LoadOptions): void {
    for (const [name, program] of this.#programs) libbpf.setAutoload(program, options.programs.has(name));
    for (const [name, entries] of Object.entries(options.entries)) {
      checkResult(`size the map ${name}`, libbpf.setMaxEntries(this.#map(name), entries));
    }
    if (options.configure === undefined) return;
    const size = [0];
    const rodata = checkPointer("find .rodata", libbpf.initialValue(this.#map(".rodata"), size) as Pointer);
    options.configure(Buffer.from(koffi.view(rodata, Number(size[0]))));
  }

  /** Lets the programs look at packets, or not: `armed` of bpf/maps.h, the only variable of their own. */
  setArmed(isArmed: boolean): void {
    const size = [0];
    checkPointer("find .bss", libbpf.initialValue(this.#map(".bss"), size) as Pointer);
    // Behind it lie a compiled module's own variables, which must stay as they are.
    const [fd, key, value] = [this.mapFd(".bss"), Buffer.alloc(4), Buffer.alloc(Number(size[0]))];
    checkResult("arm the programs", libbpf.lookup(fd, key, value) as number);
    value.writeUInt8(Number(isArmed), 0);
    checkResult("arm the programs", libbpf.update(fd, key, value, 0) as number);
  }

  /** Writes the variables of a section that nothing but this writes. */
  writeVariables(section: string, value: Buffer): void {
    checkResult(`write ${section}`, libbpf.update(this.mapFd(section), Buffer.alloc(4), value, 0) as number);
  }

  #map(name: string): bigint {
    return checkPointer(`find the map ${name}`, libbpf.findMap(this.#object, name) as Pointer);
  }

  /** File descriptor of a map; valid until {@link close}. */
  mapFd(name: string): number {
    return libbpf.mapFd(this.#map(name)) as number;
  }

  /** A program of the object. */
  program(name: string): bigint {
    const program = this.#programs.get(name);
    if (program === undefined) throw new Error(`the BPF object has no program ${name}`);
    return program;
  }

  /** Keeps what holds a program attached, until {@link detach}. */
  addLink(fd: number): void {
    this.#links.push(fd);
  }

  /** The same of a link of libbpf's, of which nothing but the file descriptor is kept; a NULL throws the errno as a NativeError. */
  addLibbpfLink(what: string, link: unknown): void {
    const made = checkPointer(what, link as Pointer);
    const fd = libbpf.linkFd(made) as number;
    if (!this.#links.includes(fd)) this.addLink(fd);
    libbpf.disconnectLink(made);
    libbpf.destroyLink(made);
  }

  /** File descriptors of what holds programs attached: links, and the perf events of kprobes. */
  linkFds(): readonly number[] {
    return this.#links;
  }

  /** File descriptors of the programs that are loaded and whose name passes. */
  programFds(passes: (name: string) => boolean): number[] {
    const chosen = [...this.#programs].filter(([name]) => passes(name));
    return chosen.map(([, program]) => libbpf.programFd(program) as number).filter((fd) => fd >= 0);
  }

  /** Ends all links, in the background. From then on no program runs. */
  async detach(): Promise<void> {
    await Promise.all(this.#takeLinks().map((fd) => inBackground(libc.close, fd)));
  }

  #takeLinks(): number[] {
    const links = this.#links;
    this.#links = [];
    return links;
  }

  /** Detaches and frees everything; views on map memory must be out of use. */
  close(): void {
    if (this.#object === null) return;
    for (const fd of this.#takeLinks()) libc.close(fd);
    libbpf.close(this.#object);
    this.#object = null;
  }
}

/** What is loaded. Written first and linked then: names of the module's own functions do not matter so. */
function imageOf({ name, injected, module }: LoadOptions): Buffer {
  const bytes = readObjectFile(name);
  inject(bytes, injected);
  leaveOut(bytes, injected);
  return module === undefined ? bytes : link(bytes, module);
}

function loadError(reason: unknown, module: LinkedModule | undefined): IpftraceError {
  const log = takeLibbpfLog();
  if (module !== undefined && log.hasVerdict) {
    const text = `the kernel refuses the module "${module.name}": ${verdict(log)}`;
    return new IpftraceError("ATTACH_FAILED", text, { cause: reason });
  }
  const exhausted = asExhausted(reason, "bring a trace into the kernel");
  if (exhausted !== undefined) return exhausted;
  const words = lastWords(log);
  const text = words === "" ? messageOf(reason) : `${messageOf(reason)}: ${words}`;
  const isPermission = reason instanceof NativeError && (reason.errnoName === "EPERM" || reason.errnoName === "EACCES");
  return new IpftraceError(isPermission ? "NOT_PERMITTED" : "ATTACH_FAILED", text, { cause: reason });
}
