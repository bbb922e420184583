/** The command `doctor`: what this kernel can do, backend by backend, and what to do about each "no". */
import { promisify } from "node:util";
import { type Column, layOut } from "../client/columns.js";
import { enumName } from "../client/enum-name.js";
import { type BackendSupport, backendToJSON } from "../gen/ipftrace/v1/node.js";
import type { GetNodeRequest, GetNodeResponse } from "../gen/ipftrace/v1/trace_service.js";
import type { Io } from "./io.js";
import { print } from "./output.js";
import type { ParsedOptions } from "./parse.js";
import { withServer } from "./reach.js";

/** 0 when packets can be traced here, 1 when not. */
export async function doctor(_options: ParsedOptions, io: Io): Promise<number> {
  const node = await withServer({}, (client) => {
    const getNode = promisify((request: GetNodeRequest, done: (error: Error | null, node?: GetNodeResponse) => void) =>
      client.getNode(request, done),
    );
    return getNode({});
  });
  await print(io, renderDoctor(node ?? { backends: [], features: [], manifests: [], capabilities: [] }));
  return node?.backends.some(({ available }) => available) ? 0 : 1;
}

/** The report. */
export function renderDoctor({ node, backends, capabilities, manifests }: GetNodeResponse): string {
  const best = backends.find(({ available }) => available);
  const verdict =
    best === undefined
      ? "Packets cannot be traced on this kernel."
      : `A trace uses ${name(best)}, unless --backend says otherwise.`;
  const lines = [
    `${node?.name}: Linux ${node?.kernelRelease}, ${node?.architecture}, ipftrace ${node?.version}`,
    "",
    ...layOut(leftAligned("Backend", "Works", "Reason"), backends.flatMap(backendRows)),
    "",
    verdict,
    "",
    ...layOut(
      leftAligned("Told", "Works", "Reason"),
      capabilities.map((one) => [one.name, yesNo(one.available), one.reason]),
    ),
    "",
    `Manifests: ${manifests.join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function leftAligned(...headers: string[]): Column[] {
  return headers.map((header) => ({ header, align: "left" }));
}

function yesNo(available: boolean): string {
  return available ? "yes" : "no";
}

function backendRows(support: BackendSupport): string[][] {
  const { available, reason, remedy } = support;
  const first = [name(support), yesNo(available), reason];
  return remedy === "" ? [first] : [first, ["", "", `to mend: ${remedy}`]];
}

function name({ backend }: BackendSupport): string {
  return enumName(backendToJSON, backend, "BACKEND_").toLowerCase().replaceAll("_", "-");
}
