/**
 * Two network namespaces with a cable between them, for the demo and for tests.
 *
 * Each namespace is held by a process that waits on a pipe from this one: when this
 * process ends, however it ends, the pipe closes, the holders end, and the kernel removes
 * namespaces and cable. No name is registered, nothing is mounted.
 *
 *   left  10.0.1.10/24, fc00:1::10/64  ── veth ──  right  10.0.1.11/24, fc00:1::11/64
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { promisify } from "node:util";
import { IpftraceError, messageOf } from "../errors.js";

const run = promisify(execFile);

/** One end of the cable. */
export type Side = "left" | "right";

/** Addresses in the lab; those of the original tool's README. */
export const labAddresses = {
  left: { ipv4: "10.0.1.10", ipv6: "fc00:1::10" },
  right: { ipv4: "10.0.1.11", ipv6: "fc00:1::11" },
} as const;

const NAMESPACE_WAIT_MS = 5000;
const NAMESPACE_STEP_MS = 5;
const COMMAND_TIMEOUT_MS = 60_000;

/** A lab that is up. */
export class NamespaceLab {
  readonly #holders: Record<Side, ChildProcess>;

  private constructor(holders: Record<Side, ChildProcess>) {
    this.#holders = holders;
  }

  /** Builds the lab. @throws IpftraceError NOT_PERMITTED or UNAVAILABLE when a tool is missing or refused. */
  static async create(): Promise<NamespaceLab> {
    const lab = new NamespaceLab({ left: hold(), right: hold() });
    try {
      for (const holder of Object.values(lab.#holders)) await waitForNamespace(holder);
      await lab.#configure();
      return lab;
    } catch (reason) {
      await lab.remove();
      const what = "cannot make network namespaces (needs root, and the packages iproute2 and util-linux)";
      throw IpftraceError.from(reason, "NOT_PERMITTED", what);
    }
  }

  async #configure(): Promise<void> {
    await this.run("left", [
      "ip",
      "link",
      "add",
      "veth0",
      "type",
      "veth",
      "peer",
      "name",
      "veth0",
      "netns",
      this.#pid("right"),
    ]);
    for (const side of ["left", "right"] as const) {
      const { ipv4, ipv6 } = labAddresses[side];
      await this.run(side, ["ip", "link", "set", "lo", "up"]);
      await this.run(side, ["ip", "address", "add", `${ipv4}/24`, "dev", "veth0"]);
      // Without duplicate address detection the address can be used at once.
      await this.run(side, ["ip", "address", "add", `${ipv6}/64`, "dev", "veth0", "nodad"]);
      await this.run(side, ["ip", "link", "set", "veth0", "up"]);
    }
  }

  #pid(side: Side): string {
    return String(this.#holders[side].pid);
  }

  /** Inode number of a side's namespace. */
  netns(side: Side): number {
    return Number(/\d+/.exec(readlinkSync(`/proc/${this.#pid(side)}/ns/net`))?.[0]);
  }

  /** A command line that runs in one side's namespace. */
  command(side: Side, words: readonly string[]): [string, string[]] {
    return ["nsenter", ["--target", this.#pid(side), "--net", "--", ...words]];
  }

  /** Runs a command to its end; what it printed. @throws what it printed on stderr. */
  async run(side: Side, words: readonly string[]): Promise<string> {
    const [file, args] = this.command(side, words);
    try {
      return (await run(file, args, { timeout: COMMAND_TIMEOUT_MS })).stdout;
    } catch (reason) {
      const { stderr = "" } = reason as { stderr?: string };
      throw new Error(`${words.join(" ")}: ${stderr.trim() || messageOf(reason)}`, { cause: reason });
    }
  }

  /** Starts a command in one side's namespace; its output, and when asked its input, are pipes. */
  spawn(side: Side, words: readonly string[], stdin: "ignore" | "pipe" = "ignore"): ChildProcess {
    return spawn(...this.command(side, words), { stdio: [stdin, "pipe", "inherit"] });
  }

  /** Ends the holders, and with them everything else. */
  async remove(): Promise<void> {
    await Promise.all(
      Object.values(this.#holders).map(async (holder) => {
        if (holder.exitCode !== null || holder.pid === undefined) return;
        const exited = once(holder, "exit");
        holder.stdin?.end();
        await exited;
      }),
    );
  }
}

/** A process in a network namespace of its own that ends when its input does. */
function hold(): ChildProcess {
  const holder = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "ignore", "ignore"] });
  // A missing program shows when its namespace does not come.
  holder.on("error", () => {});
  return holder;
}

async function waitForNamespace({ pid, exitCode }: ChildProcess): Promise<void> {
  const own = readlinkSync("/proc/self/ns/net");
  for (let waitedMs = 0; waitedMs < NAMESPACE_WAIT_MS; waitedMs += NAMESPACE_STEP_MS) {
    if (pid === undefined || exitCode !== null) break;
    if (readlinkSync(`/proc/${pid}/ns/net`) !== own) return;
    await new Promise((resolve) => setTimeout(resolve, NAMESPACE_STEP_MS));
  }
  throw new Error("unshare --net did not make one");
}
