/** Writes the files of the kit: `npm run conformance`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { kitFiles, kitFolder } from "./files.js";

for (const folder of ["cases", "reconnect"]) rmSync(join(kitFolder, folder), { recursive: true, force: true });
for (const [path, content] of kitFiles()) {
  mkdirSync(dirname(join(kitFolder, path)), { recursive: true });
  writeFileSync(join(kitFolder, path), content);
}
