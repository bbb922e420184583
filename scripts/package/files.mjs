/** Files of a package: what goes into it looks the same whoever built it. */
import { chmodSync, copyFileSync, lutimesSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Copies a file; it can be run by everybody if its owner could run it. */
export function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, statSync(from).mode & 0o100 ? 0o755 : 0o644);
}

/** Copies those files of a folder, and of the folders in it, that `isWanted` by their path below it. */
export function copyFolder(from, to, isWanted = () => true) {
  for (const path of filesIn(from)) {
    if (isWanted(path)) copy(join(from, path), join(to, path));
  }
}

export function write(path, content, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
}

/** Paths of the files below a folder, sorted. */
export function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

/** Gives everything below a folder one time, and folders one mode. */
export function normalize(folder, epoch) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) normalize(path, epoch);
    else lutimesSync(path, epoch, epoch);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, epoch, epoch);
}
