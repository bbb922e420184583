/** The library against the conformance kit: recorded streams, manifests and modules. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { eventReader, IpftraceError, loadManifestFile, loadModuleFile, renderEventJson } from "ipftrace-client";
import { customKindToJSON } from "ipftrace-client/v1/custom.js";
import { TraceResponse } from "ipftrace-client/v1/trace_service.js";
import { kit, parseLines, readLines, readMessages, readText } from "./kit.js";

function namesIn(folder: string, ending: string): string[] {
  const names = readdirSync(join(kit, folder)).filter((name) => name.endsWith(ending));
  assert.notEqual(names.length, 0, `no ${ending} in ${folder}`);
  return names.map((name) => basename(name, ending)).sort();
}

describe("recorded streams", () => {
  for (const name of namesIn("cases", ".binpb")) {
    test(name, () => {
      const reader = eventReader();
      const events = readMessages(`cases/${name}.binpb`).flatMap((bytes) => reader.read(TraceResponse.decode(bytes)));
      assert.deepEqual(parseLines(events.map(renderEventJson).join("")), readLines(`cases/${name}.jsonl`));
      const text = events.map((event) => (event.type === "journey" ? event.journey.text() : "")).join("");
      assert.equal(text, readText(`cases/${name}.txt`));
    });
  }
});

function outcome(load: () => unknown): unknown {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof IpftraceError)) throw error;
    return { refusedInLine: Number(/:(\d+):\d+: /.exec(error.message)?.[1]) };
  }
}

describe("manifests", () => {
  for (const name of namesIn("manifests", ".yaml")) {
    test(name, () => {
      const found = outcome(() => loadManifestFile(join(kit, `manifests/${name}.yaml`)).manifest);
      assert.deepEqual(found, JSON.parse(readText(`manifests/${name}.json`)));
    });
  }
});

describe("modules", () => {
  for (const name of namesIn("modules", ".yaml")) {
    test(name, () => {
      const found = outcome(() => {
        const { object: _, fields, ...module } = loadModuleFile(join(kit, `modules/${name}.yaml`)).module;
        return { ...module, fields: fields.map((field) => ({ ...field, kind: customKindToJSON(field.kind) })) };
      });
      assert.deepEqual(found, JSON.parse(readText(`modules/${name}.json`)));
    });
  }
});
