/** The RPC GetNode. */
import type { Collector } from "../collector/collector.js";
import type { GetNodeResponse } from "../gen/ipftrace/v1/trace_service.js";
import { shippedManifestNames } from "../manifest/shipped.js";
import { limits } from "./limits.js";
import { nodeIdentity, readClock } from "./node.js";
import { toSupport } from "./started.js";

/** What this server can do beyond the base contract. */
const FEATURES = [
  "filter.tuple",
  "filter.lists",
  "filter.kernel_fields",
  "filter.pcap",
  "filter.where",
  "modules",
  "modules.compiled",
  "sharing",
  "sessions",
  "sampling",
  "rate_limit",
];

/** What this node is. */
export async function getNode(collector: Collector): Promise<GetNodeResponse> {
  const { backends, capabilities } = await collector.node();
  return {
    node: nodeIdentity(),
    clock: readClock(),
    backends: backends.map(toSupport),
    capabilities: [...capabilities],
    limits,
    features: FEATURES,
    manifests: shippedManifestNames(),
  };
}
