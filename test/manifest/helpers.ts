import assert from "node:assert/strict";
import { IpftraceError } from "../../src/errors.js";
import { type LoadedManifest, parseManifest } from "../../src/manifest/load.js";

/** Runs something that must throw INVALID_INPUT, and gives the lines of its message. */
export function errorLines(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof IpftraceError, String(error));
    assert.equal(error.code, "INVALID_INPUT");
    return error.message.split("\n");
  }
  return assert.fail("nothing was thrown");
}

/** Groups as `name: function/position function/position*`; the star marks egress. */
export function summary({ manifest }: LoadedManifest): string[] {
  return manifest.groups.map(({ name, functions }) => {
    const items = functions.map((listed) => `${listed.name}/${listed.skbPosition}${listed.egress ? "*" : ""}`);
    return `${name}: ${items.join(" ")}`;
  });
}

/** The text as the file m.yaml. */
export function parse(text: string): LoadedManifest {
  return parseManifest(text, "dir/m.yaml");
}
