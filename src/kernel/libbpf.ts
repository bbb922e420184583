/**
 * libbpf and the few C functions that go with it, through koffi.
 *
 * libpcap.ts, notify-socket.ts, execution.ts and this are the only files that declare native functions. koffi does not check pointer types: a
 * wrong one crashes the process, so that pointers are opaque (`Pointer`) and every
 * struct is declared with the layout of libbpf 1.1 and its own size, which newer
 * versions accept.
 *
 * Every libbpf call must be made on one thread, the one that owns the log callback
 * (log.ts).
 */
import koffi from "koffi";
import { openLibrary } from "./library.js";

/** An address in native memory; null is NULL. koffi gives and takes BigInts. */
export type Pointer = bigint | null;

koffi.opaque("bpf_object");
koffi.opaque("bpf_program");
koffi.opaque("bpf_map");
koffi.opaque("bpf_link");
koffi.opaque("bpf_linker");
koffi.proto("int libbpf_print_fn(int level, str format, void *arguments)");

const bpf = openLibrary("libbpf.so.1", 'install it with "apt-get install libbpf1"');
const c = openLibrary("libc.so.6", "ipftrace needs glibc");

/** libbpf's functions, as in bpf/libbpf.h of version 1.1. */
export const libbpf = {
  setPrint: bpf.func("void *libbpf_set_print(libbpf_print_fn *fn)"),
  openMem: bpf.func("bpf_object *bpf_object__open_mem(const void *bytes, size_t size, const void *opts)"),
  load: bpf.func("int bpf_object__load(bpf_object *object)"),
  close: bpf.func("void bpf_object__close(bpf_object *object)"),
  findMap: bpf.func("bpf_map *bpf_object__find_map_by_name(bpf_object *object, str name)"),
  nextProgram: bpf.func("bpf_program *bpf_object__next_program(bpf_object *object, bpf_program *previous)"),
  programName: bpf.func("str bpf_program__name(bpf_program *program)"),
  setAutoload: bpf.func("int bpf_program__set_autoload(bpf_program *program, bool on)"),
  programFd: bpf.func("int bpf_program__fd(bpf_program *program)"),
  attachRawTracepoint: bpf.func("bpf_link *bpf_program__attach_raw_tracepoint(bpf_program *program, str name)"),
  attachPerfEvent: bpf.func("bpf_link *bpf_program__attach_perf_event(bpf_program *program, int fd)"),
  linkFd: bpf.func("int bpf_link__fd(bpf_link *link)"),
  disconnectLink: bpf.func("void bpf_link__disconnect(bpf_link *link)"),
  destroyLink: bpf.func("int bpf_link__destroy(bpf_link *link)"),
  mapFd: bpf.func("int bpf_map__fd(bpf_map *map)"),
  setMaxEntries: bpf.func("int bpf_map__set_max_entries(bpf_map *map, uint32 entries)"),
  initialValue: bpf.func("void *bpf_map__initial_value(bpf_map *map, _Out_ size_t *size)"),
  lookup: bpf.func("int bpf_map_lookup_elem(int fd, const void *key, _Out_ void *value)"),
  update: bpf.func("int bpf_map_update_elem(int fd, const void *key, const void *value, uint64 flags)"),
  deleteElement: bpf.func("int bpf_map_delete_elem(int fd, const void *key)"),
  linkerNew: bpf.func("bpf_linker *bpf_linker__new(str file, void *options)"),
  linkerAddFile: bpf.func("int bpf_linker__add_file(bpf_linker *linker, str file, const void *options)"),
  linkerFinalize: bpf.func("int bpf_linker__finalize(bpf_linker *linker)"),
  linkerFree: bpf.func("void bpf_linker__free(bpf_linker *linker)"),
  enableStats: bpf.func("int bpf_enable_stats(int type)"),
  infoByFd: bpf.func("int bpf_obj_get_info_by_fd(int fd, _Inout_ void *info, _Inout_ uint32 *size)"),
};

/** libc's functions. */
export const libc = {
  vsnprintf: c.func("int vsnprintf(_Out_ uint8_t *buffer, size_t size, str format, void *arguments)"),
  mmap: c.func("void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)"),
  munmap: c.func("int munmap(void *address, size_t length)"),
  perfEventOpen: c.func("long syscall(long number, const void *attributes, int pid, int cpu, int group, ulong flags)"),
  bpf: c.func("long syscall(long number, int command, const void *attributes, uint32 size)"),
  close: c.func("int close(int fd)"),
  mallocTrim: c.func("int malloc_trim(size_t pad)"),
  memfdCreate: c.func("int memfd_create(str name, uint flags)"),
  strerror: c.func("str strerror(int errno)"),
  clockGettime: c.func("int clock_gettime(int clock, _Out_ void *time)"),
};

/** A failed native call, with the errno by name. */
export class NativeError extends Error {
  override readonly name = "NativeError";
  /** Positive errno value. */
  readonly errno: number;
  /** Its name, for example "EPERM". */
  readonly errnoName: string;

  constructor(what: string, errno: number) {
    const names: Record<string, number> = koffi.os.errno;
    const errnoName = Object.keys(names).find((key) => names[key] === errno) ?? String(errno);
    super(`${what}: ${libc.strerror(errno)} (${errnoName})`);
    this.errno = errno;
    this.errnoName = errnoName;
  }
}

/** Passes a result that is not negative; libbpf 1.x returns -errno. */
export function checkResult(what: string, result: number): number {
  if (result < 0) throw new NativeError(what, -result);
  return result;
}

/** Passes a pointer that is not NULL; libbpf 1.x sets errno with a NULL. */
export function checkPointer(what: string, pointer: Pointer): bigint {
  if (pointer === null || pointer === 0n) throw new NativeError(what, koffi.errno());
  return pointer;
}
