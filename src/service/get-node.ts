/** The RPC GetNode. */
import type { Collector } from "../collector/collector.js";
import { Role } from "../gen/ipftrace/v1/node.js";
import type { GetNodeResponse } from "../gen/ipftrace/v1/trace_service.js";
import { shippedManifestNames } from "../manifest/shipped.js";
import type { Role as RoleName } from "../security/roles.js";
import type { Access } from "./access.js";
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

const roleNumbers: Readonly<Record<RoleName, Role>> = {
  reader: Role.ROLE_READER,
  operator: Role.ROLE_OPERATOR,
  admin: Role.ROLE_ADMIN,
};

/** What this node is, and who asks. */
export async function getNode(collector: Collector, access: Access): Promise<GetNodeResponse> {
  const { identity, role, limits } = access;
  const { backends, capabilities } = await collector.node();
  return {
    node: nodeIdentity(),
    clock: readClock(),
    backends: backends.map(toSupport),
    capabilities: [...capabilities],
    limits,
    features: FEATURES,
    manifests: shippedManifestNames(),
    caller: { identity, role: roleNumbers[role] },
  };
}
