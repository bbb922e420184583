/** Frames captured on this host, by capture.c. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NamespaceLab, Side } from "../../src/cli/namespace-lab.js";

const SOURCE = fileURLToPath(new URL("capture.c", import.meta.url));

/** Captures what passes a device of the lab; `finish` gives what capture.c printed. */
export async function startCapture(
  lab: NamespaceLab,
  side: Side,
  device: string,
  folder: string,
): Promise<{ finish(): Promise<string> }> {
  const program = join(folder, "capture");
  execFileSync("clang", ["-O1", SOURCE, "-o", program]);
  const child = lab.spawn(side, [program, device]);
  let output = "";
  child.stdout?.on("data", (chunk) => (output += String(chunk)));
  if (child.stdout !== null) await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
  if (!output.startsWith("capturing")) throw new Error("nothing can be captured");
  return {
    finish: async () => {
      const closed = once(child, "close");
      child.kill("SIGTERM");
      await closed;
      return output;
    },
  };
}
