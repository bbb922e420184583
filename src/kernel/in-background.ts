/**
 * System calls that take long, on another thread.
 *
 * Problem: the kernel takes 15-30 ms for each kprobe that it arms or disarms, and waits for all
 *          CPUs; traces that run would not be drained meanwhile, and their rings would fill.
 * Choice:  koffi runs the call on a thread of libuv's pool.
 * Limits:  libbpf's functions must not be called so: its log callback belongs to the worker
 *          thread. errno belongs to the thread that failed, and is not known here.
 */
import koffi from "koffi";
import { NativeError } from "./libbpf.js";

/** A native function of koffi that returns a number, negative when it fails. */
export interface NativeFunction {
  (...values: unknown[]): unknown;
  async(...values: unknown[]): unknown;
}

/** What a call returns; negative when it failed. */
export function inBackground(call: NativeFunction, ...values: unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...values, (error: Error | null, value: unknown) => (error ? reject(error) : resolve(Number(value))));
  });
}

/**
 * What a call returns that makes something. One that fails is made again here, where it fails at
 * once and tells its errno.
 *
 * @throws NativeError when it fails.
 */
export async function makeInBackground(what: string, call: NativeFunction, ...values: unknown[]): Promise<number> {
  const made = await inBackground(call, ...values);
  if (made >= 0) return made;
  const again = Number(call(...values));
  if (again < 0) throw new NativeError(what, koffi.errno());
  return again;
}
