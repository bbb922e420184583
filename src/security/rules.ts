/** Which role each RPC needs. What has no row here is refused to everybody. */
import type { Role } from "./roles.js";

/** Least roles of the RPCs of each service. */
const services: Readonly<Record<string, Readonly<Record<string, Role>>>> = {
  "ipftrace.v1.TraceService": {
    Trace: "reader",
    StopTrace: "reader",
    ExplainTrace: "reader",
    ListFunctions: "reader",
    ListModules: "reader",
    CheckModule: "reader",
    GetNode: "reader",
  },
  "ipftrace.v1.SessionService": {
    CreateSession: "operator",
    ListSessions: "reader",
    GetSession: "reader",
    DeleteSession: "operator",
    FlushSession: "operator",
  },
  "grpc.health.v1.Health": { Check: "reader", List: "reader", Watch: "reader" },
  "grpc.reflection.v1.ServerReflection": { ServerReflectionInfo: "admin" },
  "grpc.reflection.v1alpha.ServerReflection": { ServerReflectionInfo: "admin" },
  "grpc.channelz.v1.Channelz": {
    GetTopChannels: "admin",
    GetServers: "admin",
    GetServer: "admin",
    GetServerSockets: "admin",
    GetChannel: "admin",
    GetSubchannel: "admin",
    GetSocket: "admin",
  },
};

/** Least role by the path of an RPC, `/package.Service/Method`. */
export const rules: ReadonlyMap<string, Role> = new Map(
  Object.entries(services).flatMap(([service, methods]) =>
    Object.entries(methods).map(([method, role]): [string, Role] => [`/${service}/${method}`, role]),
  ),
);
