/**
 * The client library, published as the npm package ipftrace-client (clients/typescript).
 *
 * Messages and enums of the contract come from `ipftrace-client/v1/FILE.js`, one module for each proto.
 */
export { IpftraceError } from "../errors.js";
export { loadManifestFile } from "../manifest/load.js";
export { loadModuleFile } from "../module/load.js";
export type { ConnectOptions, TlsOptions } from "./channel.js";
export { Client, connect } from "./client.js";
export type { CustomData } from "./custom-values.js";
export { renderEventJson } from "./event-json.js";
export { type EventReader, eventReader, type TraceEvent } from "./events.js";
export { Journey, type JourneyHop } from "./journey.js";
export type { SessionInput, TraceInput } from "./request.js";
export { type Reconnecting, type StreamOptions, TraceStream } from "./trace-stream.js";
