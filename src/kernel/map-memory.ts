/** Memory of BPF maps that lies in this process, too (mmap of the map's file descriptor). */
import koffi from "koffi";
import { libc, NativeError, type Pointer } from "./libbpf.js";

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/**
 * Maps `bytes` of a map from `offset`, which is that of a page; returns the address, for {@link unmap}. Both take whole pages.
 *
 * @throws NativeError that names `what`.
 */
export function mapMemory(
  what: string,
  mapFd: number,
  place: { offset: number; bytes: number; isWritable: boolean },
): bigint {
  const protection = place.isWritable ? PROT_READ | PROT_WRITE : PROT_READ;
  const address = libc.mmap(null, place.bytes, protection, MAP_SHARED, mapFd, place.offset) as Pointer;
  if (address === null || address === MAP_FAILED) throw new NativeError(what, koffi.errno());
  return address;
}

/** Views on the memory must not be used after it: that would crash. */
export function unmap(address: bigint, bytes: number): void {
  libc.munmap(address, bytes);
}
