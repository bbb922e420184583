/** What a program prints. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";

/** Reads both outputs to the end. */
export async function outputOf(
  child: ChildProcessWithoutNullStreams,
): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, out, err };
}
