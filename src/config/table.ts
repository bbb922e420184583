/**
 * Every key of the configuration: reading, errors, `serve --check` and the table of docs/config.md
 * are made from this one. A key's environment variable follows from its path (names.ts).
 */

import { roles } from "../security/roles.js";
import { flows } from "./flow.js";
import { boolean, bytes, hostPort, listenAddress, origin, path, text, whole, word } from "./kinds.js";
import { key, list, optional, required, section, type ValuesOf } from "./schema.js";

/** 1 h. */
const MAX_GRACE_MS = 3_600_000;
/** A trace is a set of programs in the kernel and a ring in memory: more cannot be meant. */
const MAX_TRACES = 1024;

/** 4096 hops are 1 MiB of one journey: a loop, not a way. */
const MAX_HOPS = 65_536;
/** Each takes 100 bytes of kernel memory. */
const MAX_TRACKING_ENTRIES = 1_048_576;
/** Each is a call of HTTP/2 and some timers. */
const MAX_STREAMS = 65_536;

const GIB = 1024 ** 3;

const role = word(...roles);

/** Of an address to listen at. */
const listenKeys = {
  address: required(listenAddress, "Where clients connect"),
  role: optional(
    role,
    "Of everybody who can open the unix socket; reader where neither this nor the address says more",
  ),
  group: optional(text("a group"), "The group that can open the unix socket, by name or number"),
};

/** The keys. */
export const configTable = {
  listen: list(
    listenKeys,
    "address",
    ["unix:/run/ipftrace/ipftraced.sock", "unix:/run/ipftrace/operator.sock@operator"],
    "Addresses that the server listens at",
    "--listen",
  ),
  security: section({
    insecure: key(boolean, false, "Allow TCP without TLS, on loopback addresses only", "--insecure"),
    dropCapabilities: key(
      boolean,
      true,
      "Begin by giving up every capability that the configuration does not make necessary (docs/security.md)",
    ),
    tls: section({
      certificate: optional(
        path("a PEM file"),
        "The server's certificate, and those between it and the authority that clients know; with it all of TCP is encrypted",
        "--tls-cert",
      ),
      key: optional(path("a PEM file"), "The key of the certificate", "--tls-key"),
      clientAuthority: optional(path("a PEM file"), "Authorities that clients' certificates must be from", "--tls-ca"),
    }),
    identities: list(
      {
        name: required(
          text("a URI, a DNS name or a CN; * any text without / and ., ** any text"),
          "The name in the client's certificate; of several entries that fit, the first holds",
        ),
        role: key(role, "reader", "What the client may do"),
        allow: flows("Packets that the client may trace; entries are alternatives; none: all packets"),
        deny: flows("Packets that the client may not trace, taken away from those allowed"),
      },
      "name",
      [],
      "Clients with a certificate, and their roles; others are refused",
    ),
  }),
  limits: section({
    maxTraces: key(
      whole("", 1, MAX_TRACES),
      16,
      "Traces in the kernel at the same time; clients that share one count once",
    ),
    maxHops: key(whole("", 1, MAX_HOPS), 4096, "Most hops of a journey that a trace may ask for"),
    maxTrackingEntries: key(
      whole("", 1, MAX_TRACKING_ENTRIES),
      MAX_TRACKING_ENTRIES,
      "Most packets followed at the same time that a trace may ask for",
    ),
    maxRingBytes: key(
      bytes(4096, 4 * GIB),
      GIB / 2,
      "Largest ring between kernel and collector that a trace may ask for",
    ),
    maxTotalRingBytes: key(bytes(4096, 64 * GIB), GIB, "The rings of all traces together"),
    maxQueueBytes: key(bytes(4096, 4 * GIB), GIB / 16, "Largest queue that a client may ask for"),
    maxTotalQueueBytes: key(bytes(4096, 64 * GIB), GIB, "The queues of all clients together"),
    maxStreams: key(whole("", 1, MAX_STREAMS), 256, "Streams of all clients at the same time"),
    maxStreamsPerClient: key(
      whole("", 1, MAX_STREAMS),
      128,
      "Streams of one client: of one identity where clients have certificates, else of one address",
    ),
    maxSessions: key(whole("", 0, MAX_TRACES), 16, "Sessions at the same time; 0: none"),
    maxHistoryBytes: key(bytes(128 * 1024, 64 * GIB), GIB / 4, "Largest history that a session may ask for"),
    maxTotalHistoryBytes: key(bytes(0, 64 * GIB), GIB, "The histories of all sessions together"),
  }),
  traces: section({
    graceMs: key(
      whole("milliseconds", 0, MAX_GRACE_MS),
      5000,
      "How long a trace goes on when its last client vanished without a word",
    ),
  }),
  overhead: section({
    maxCpuPercent: key(
      whole("percent of one CPU", 0, 100_000),
      0,
      "Most that the programs of all traces together may cost in the kernel; above it the costliest one follows fewer packets, or ends (docs/overhead.md). 0: no limit",
    ),
  }),
  modules: section({
    folder: optional(
      path("a folder"),
      "Folder with further modules for -m NAME: NAME.yaml, and compiled ones NAME.bpf.o",
      "--module-dir",
    ),
  }),
  http: section({
    listen: list(
      listenKeys,
      "address",
      [],
      "Addresses at which the same is asked by HTTP, with the same roles, for curl and browsers (docs/http.md)",
      "--http-listen",
    ),
    origins: list(
      { origin: required(origin, "The site, as browsers name it") },
      "origin",
      [],
      "Sites whose pages may ask by HTTP; without them no page may",
    ),
  }),
  metrics: section({
    listen: optional(
      hostPort,
      "Where Prometheus reads metrics, by HTTP at /metrics; without it there are none",
      "--metrics-listen",
    ),
  }),
  log: section({
    level: key(
      word("trace", "debug", "info", "warn", "error", "silent"),
      "info",
      "Least severe messages to log",
      "--log-level",
    ),
    format: key(
      word("auto", "json", "text"),
      "auto",
      "JSON, one object a line, or text; auto is text on a terminal and JSON elsewhere",
      "--log-format",
    ),
  }),
  reflection: key(boolean, false, "Serve the contract by grpc.reflection, to admins only, for tools such as grpcurl"),
  channelz: key(boolean, false, "Serve the state of connections by grpc.channelz, to admins only"),
} as const;

/** A configuration whose values are read. */
export type ServerConfig = ValuesOf<typeof configTable>;
