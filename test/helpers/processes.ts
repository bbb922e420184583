/** The built command line in processes of its own, as users run it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./temporary-folder.js";

/** The launcher at the root of the checkout. */
export const LAUNCHER = fileURLToPath(new URL("../../ipftrace", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const WAIT_MS = 60_000;

/** A process whose output is kept. */
export class Running {
  readonly child: ChildProcess;
  out = "";
  err = "";

  constructor(command: string, args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(command, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.out += chunk.toString();
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.err += chunk.toString();
    });
  }

  /** Waits until a condition holds; fails when the process ends before, or after a minute. */
  async until(holds: () => boolean, what: string): Promise<void> {
    for (let waitedMs = 0; !holds(); waitedMs += 10) {
      if (this.child.exitCode !== null)
        throw new Error(`ended with ${this.child.exitCode} before ${what}: ${this.err}`);
      if (waitedMs > WAIT_MS) throw new Error(`no ${what} within ${WAIT_MS} ms: ${this.out}${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends a signal, waits for the end; the exit status, or the signal that ended it. */
  async end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const { child } = this;
    const exited = child.exitCode === null && child.signalCode === null ? once(child, "close") : Promise.resolve();
    if (signal !== undefined) child.kill(signal);
    await exited;
    return child.signalCode ?? child.exitCode;
  }
}

/** Runs `ipftrace` with words; ended at the latest with the test. */
export function ipftrace(context: TestContext, words: readonly string[], env: Record<string, string> = {}): Running {
  const running = new Running(LAUNCHER, words, env);
  context.after(() => running.end("SIGKILL"));
  return running;
}

/** A server in a process of its own, on a unix socket for operators, and on loopback TCP when `port` is given. */
export async function serve(
  context: TestContext,
  port?: number,
  options: readonly string[] = [],
): Promise<{ target: string; server: Running }> {
  const folder = temporaryFolder(context);
  const target = `unix:${join(folder, "ipftraced.sock")}`;
  const tcp = port === undefined ? [] : ["--listen", `127.0.0.1:${port}`, "--insecure"];
  const server = ipftrace(context, ["serve", "--listen", `${target}@operator`, ...tcp, ...options]);
  await server.until(() => server.err.includes('"msg":"serving"'), "server");
  return { target, server };
}
