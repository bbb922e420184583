/** The files of the kit: recorded messages, and what a client makes of them. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { renderEventJson } from "../../../src/client/event-json.js";
import { eventReader, type TraceEvent } from "../../../src/client/events.js";
import { IpftraceError } from "../../../src/errors.js";
import { customKindToJSON } from "../../../src/gen/ipftrace/v1/custom.js";
import { TraceResponse } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { parseManifest } from "../../../src/manifest/load.js";
import { parseModule } from "../../../src/module/load.js";
import type { Case, ReconnectCase } from "./case.js";
import { flowCases } from "./cases-flows.js";
import { nameCases } from "./cases-names.js";
import { originalCases } from "./cases-original.js";
import { reconnectCases } from "./cases-reconnect.js";
import { streamCases } from "./cases-streams.js";
import { valueCases } from "./cases-values.js";

/** Where the files are. */
export const kitFolder = fileURLToPath(new URL("..", import.meta.url));

/** Everything that is generated: contents by the path below {@link kitFolder}. */
export function kitFiles(): Map<string, Buffer> {
  const cases = [...originalCases, ...valueCases, ...nameCases, ...flowCases, ...streamCases];
  const files = [
    ...cases.flatMap(caseFiles),
    ...reconnectCases.flatMap(reconnectFiles),
    ...yamlFiles("manifests", (text, path) => parseManifest(text, path).manifest),
    ...yamlFiles("modules", (text, path) => moduleJson(parseModule(text, path).module)),
  ];
  return new Map(files.map(([path, content]) => [path, Buffer.from(content)]));
}

type File = readonly [path: string, content: string | Uint8Array];

function caseFiles({ name, messages }: Case): File[] {
  const events = read(messages, false);
  return [
    [`cases/${name}.binpb`, delimited(messages)],
    [`cases/${name}.jsonl`, events.map(renderEventJson).join("")],
    [`cases/${name}.txt`, textOf(events)],
  ];
}

function reconnectFiles({ name, sessionName, streams }: ReconnectCase): File[] {
  const events = streams.flatMap(({ messages, resumeToken }) => read(messages, resumeToken !== ""));
  const calls = streams.map(({ status, resumeToken }, index) => ({
    messages: `${index + 1}.binpb`,
    status,
    resumeToken: Buffer.from(resumeToken).toString("base64"),
  }));
  return [
    ...streams.map(({ messages }, index): File => [`reconnect/${name}/${index + 1}.binpb`, delimited(messages)]),
    [`reconnect/${name}/case.json`, json({ sessionName, calls })],
    [`reconnect/${name}/events.jsonl`, events.map(renderEventJson).join("")],
    [`reconnect/${name}/journeys.txt`, textOf(events)],
  ];
}

function read(messages: readonly Uint8Array[], resumed: boolean): TraceEvent[] {
  const reader = eventReader(resumed);
  return messages.flatMap((message) => reader.read(TraceResponse.decode(message)));
}

function textOf(events: readonly TraceEvent[]): string {
  return events.map((event) => (event.type === "journey" ? event.journey.text() : "")).join("");
}

/** Each message behind its length, a varint. */
function delimited(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const message of messages) writer.bytes(message);
  return writer.finish();
}

/** For each YAML file what it means, or that it is refused and in which line. */
function yamlFiles(folder: string, parse: (text: string, path: string) => unknown): File[] {
  const names = readdirSync(join(kitFolder, folder)).filter((name) => extname(name) === ".yaml");
  return names.sort().map((name) => {
    const text = readFileSync(join(kitFolder, folder, name), "utf8");
    return [`${folder}/${basename(name, ".yaml")}.json`, json(meaning(text, name, parse))];
  });
}

function meaning(text: string, name: string, parse: (text: string, path: string) => unknown): unknown {
  try {
    return parse(text, name);
  } catch (error) {
    if (!(error instanceof IpftraceError)) throw error;
    const line = /^[^:]+:(\d+):/.exec(error.message)?.[1];
    return { refusedInLine: Number(line) };
  }
}

/** A module as the contract's JSON has it, every field present; what a file cannot give is left out. */
function moduleJson({ name, description, match, fields }: ReturnType<typeof parseModule>["module"]) {
  const named = fields.map(({ kind, ...field }) => ({ ...field, kind: customKindToJSON(kind) }));
  return { name, description, match, fields: named };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
