import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { LiveServer } from "../service/live-server.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOCKET = "/run/ipftrace/ipftraced.sock";
const timeout = 120_000;

/** What a shell prints and says with the socket of docs/grpcurl.md in another place; `buf` is the one of npm. */
async function shell(script: string, socket: string, folder: string) {
  const path = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`;
  const child = spawn("bash", ["-euc", script.replaceAll(SOCKET, socket)], {
    cwd: folder,
    env: { ...process.env, PATH: path },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, "close");
  return { code, out, err };
}

const text = readFileSync(join(ROOT, "docs/grpcurl.md"), "utf8");
const commands = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
/** What the answer to each of them has. */
const answers = [/"kernelRelease"/, /"TRACE_END_REASON_LIMIT"/, /^\{\s*\}$/m, /"kernelRelease"/];

test("docs/grpcurl.md has as many commands as are looked at", () => assert.equal(commands.length, answers.length));

/** Not a package of npm or of Debian: its command is tested where somebody has installed it. */
const hasGrpcurl = spawnSync("bash", ["-c", "command -v grpcurl"]).status === 0;

for (const [index, block] of commands.entries()) {
  if (block.includes("grpcurl ") && !hasGrpcurl) continue;
  test(`docs/grpcurl.md: ${block.replaceAll(/\s+/g, " ")}`, { timeout }, async (context) => {
    const folder = temporaryFolder(context);
    cpSync(join(ROOT, "proto"), join(folder, "proto"), { recursive: true });
    const server = await LiveServer.start(context, 500);
    const { code, out, err } = await shell(block, server.target.replace("unix:", ""), folder);
    assert.equal(code, 0, err);
    assert.match(out, answers[index] ?? /never/);
  });
}
