/** Runs a command in a virtual machine, by test/vm/run. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const RUN = fileURLToPath(new URL("run", import.meta.url));
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** What to run, and where. */
export interface Boot {
  /** The kernel line. */
  readonly line: string;
  readonly command: readonly string[];
  /** For the command; booting is not included. */
  readonly timeoutSeconds: number;
  /** Where the files go that the command leaves in /out. */
  readonly folder: string;
  /** Where to start it; the guest sees the file system of this folder, too. Default: this process's own. */
  readonly cwd?: string;
}

/** Boots a kernel and runs a command there as root. @throws with all that it printed when it fails. */
export function boot({ line, command, timeoutSeconds, folder, cwd = process.cwd() }: Boot): Promise<void> {
  const args = ["-k", line, "-t", String(timeoutSeconds), "-o", folder, "--", ...command];
  return new Promise((resolve, reject) => {
    execFile(RUN, args, { maxBuffer: MAX_OUTPUT_BYTES, cwd }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${error.message}\n${stdout}${stderr}`));
    });
  });
}
