/** Makes the packages, for tests. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** The archives of one build. */
export interface Packages {
  readonly tarball: string;
  readonly deb: string;
}

/** What may differ between two builds. */
interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  /** Octal. */
  readonly umask?: string;
}

/** Builds a checkout, this one by default, and packs it into `out`. */
export function makePackages(
  out: string,
  root: string = repository,
  { env = {}, umask = "022" }: Surroundings = {},
): Packages {
  const options = { cwd: root, env: { ...process.env, ...env } };
  const script = `umask ${umask}; scripts/setup build && node scripts/package.mjs --out "$0"`;
  execFileSync("bash", ["-c", script, out], options);
  const file = (suffix: string): string => {
    const [name] = readdirSync(out).filter((one) => one.endsWith(suffix));
    if (name === undefined) throw new Error(`no ${suffix} was made`);
    return join(out, name);
  };
  return { tarball: file(".tar.xz"), deb: file(".deb") };
}

/** What a command says on standard output. */
export function say(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { encoding: "utf8", maxBuffer: 2 ** 28 });
}
