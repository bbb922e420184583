/** The Node.js that the packages carry: packaging/node/package-lock.json says which, and what its hash is. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Installs it for this architecture, unless it is there; the folder of its package. */
export function installNode(root) {
  const name = `node-linux-${process.arch}`;
  const folder = join(root, "dist/node");
  const found = join(folder, "node_modules", name);
  if (versionIn(found) === lockedVersion(root, name)) return found;
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) {
    copyFileSync(join(root, "packaging/node", file), join(folder, file));
  }
  execFileSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", process.stderr, process.stderr],
  });
  if (!existsSync(join(found, "bin/node")))
    throw new Error(`there is no package ${name}: this architecture has no package`);
  return found;
}

function lockedVersion(root, name) {
  const lock = JSON.parse(readFileSync(join(root, "packaging/node/package-lock.json"), "utf8"));
  return lock.packages[`node_modules/${name}`]?.version;
}

function versionIn(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}
