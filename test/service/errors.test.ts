/** Whatever goes wrong inside, every RPC answers, with a status that tells nothing of the inside. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { Collector } from "../../src/collector/collector.js";
import type { TraceEvents, TraceHandle } from "../../src/collector/events.js";
import type { TraceSpec } from "../../src/collector/messages.js";
import { IpftraceError } from "../../src/errors.js";
import { CreateSessionRequest, SessionServiceService } from "../../src/gen/ipftrace/v1/session_service.js";
import { CheckModuleRequest, TraceServiceService } from "../../src/gen/ipftrace/v1/trace_service.js";
import { makeLogger } from "../../src/log.js";
import { leastAccess } from "../../src/service/access.js";
import { parseListenAddress } from "../../src/service/listen.js";
import {
  type AccessOf,
  encodedService,
  type Parts,
  sessionMethods,
  streamingWith,
  traceMethods,
  unaryWith,
} from "../../src/service/methods.js";
import { startServer } from "../../src/service/server.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const timeout = 20_000;
const log = makeLogger("silent");
const methods = Object.values({ ...TraceServiceService, ...SessionServiceService }) as MethodDefinition<
  object,
  object
>[];

/** Requests in which nothing is wrong, of methods for which an empty one is not enough. */
const requests: Record<string, object> = {
  CheckModule: CheckModuleRequest.fromPartial({ module: { name: "m", fields: [{ name: "f", read: "skb->len" }] } }),
  CreateSession: CreateSessionRequest.fromPartial({ name: "s" }),
};

function nameOf({ path }: MethodDefinition<object, object>): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The status with which a call of any method ends. */
function statusOf(client: Client, method: MethodDefinition<object, object>): Promise<StatusObject> {
  const { path, responseStream, requestSerialize } = method;
  const request = requests[nameOf(method)];
  const serialize = (): Buffer => (request === undefined ? Buffer.alloc(0) : requestSerialize(request));
  const deserialize = (bytes: Buffer): object => bytes;
  return new Promise((resolve) => {
    const call = responseStream
      ? client.makeServerStreamRequest(path, serialize, deserialize, {}).on("data", () => {})
      : client.makeUnaryRequest(path, serialize, deserialize, {}, new Metadata(), () => {});
    call.on("error", () => {});
    call.on("status", resolve);
  });
}

function clientOf(test: TestContext, target: string): Client {
  const client = new Client(target, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  test.after(() => client.close());
  return client;
}

/** A server whose methods have these parts. */
async function serve(test: TestContext, parts: Parts, accessOf: AccessOf): Promise<Client> {
  const server = new Server();
  server.addService(encodedService, traceMethods(parts, unaryWith(log, accessOf), streamingWith(log, accessOf)));
  server.addService(SessionServiceService, sessionMethods(parts, unaryWith(log, accessOf)));
  const target = `unix:${join(temporaryFolder(test), "s")}`;
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(target, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  test.after(() => server.forceShutdown());
  return clientOf(test, target);
}

/** Parts of which everything that is called does `this`. */
function partsThat(fail: () => unknown): Parts {
  const part = (): object => new Proxy({}, { get: () => fail });
  return { collector: part(), sessions: part(), traces: part() } as Parts;
}

const secret = (): never => {
  throw new Error("ENOENT: /root/secret, 0xffffffff81000000");
};

/** Handled, because where no promise is expected nobody looks at it. */
function rejection(): Promise<never> {
  const rejected = Promise.reject(new Error("/root/secret"));
  rejected.catch(() => {});
  return rejected;
}

describe("a handler that", { timeout }, () => {
  const access: AccessOf = () => leastAccess;
  const failures: [what: string, parts: Parts, accessOf: AccessOf][] = [
    ["throws", partsThat(secret), access],
    ["rejects", partsThat(rejection), access],
    ["does not get to know who asks", partsThat(secret), secret],
  ];
  for (const [what, parts, accessOf] of failures) {
    it(`${what}: every RPC answers INTERNAL, without the text`, async (test) => {
      const client = await serve(test, parts, accessOf);
      assert.equal(methods.length, 12);
      for (const method of methods) {
        // A handler of a stream ends its call itself; TraceHandler.trace never rejects.
        if (what === "rejects" && method.responseStream) continue;
        const { code, details, metadata } = await statusOf(client, method);
        assert.deepEqual([status[code], details], ["INTERNAL", "internal error"], method.path);
        assert.equal(JSON.stringify(metadata.toHttp2Headers()).includes("secret"), false);
      }
    });
  }

  it("knows why says so", async (test) => {
    const parts = partsThat(() => {
      throw new IpftraceError("KERNEL_UNSUPPORTED", "this kernel has no BTF");
    });
    const client = await serve(test, parts, access);
    for (const method of methods) {
      const { code, details } = await statusOf(client, method);
      assert.deepEqual([status[code], details], ["FAILED_PRECONDITION", "this kernel has no BTF"], method.path);
    }
  });
});

/** A collector that dies as soon as it is asked for something. */
class DyingCollector extends Collector {
  #die(): Promise<never> {
    return new Promise((_, reject) => {
      setImmediate(() => reject(new IpftraceError("UNAVAILABLE", "the collector has ended")));
    });
  }
  override start = (_spec: TraceSpec, _events: TraceEvents): Promise<TraceHandle> => this.#die();
  override explain = () => this.#die();
  override node = () => this.#die();
  override functions = () => this.#die();
  override modules = () => this.#die();
  override checkModule = () => this.#die();
  override close = async (): Promise<void> => {};
}

/** A collector whose traces run, until it dies. */
class MortalCollector extends DyingCollector {
  die: (error: Error) => void = () => {};

  override start = async (_: TraceSpec, events: TraceEvents): Promise<TraceHandle> => {
    const gone = new IpftraceError("UNAVAILABLE", "the collector has ended");
    this.die = (error) => events.failed(error);
    const never = (): Promise<never> => Promise.reject(gone);
    const info = {
      backend: "kprobe",
      passedOver: [],
      functions: [],
      skipped: [],
      interfaces: [],
      schemas: [],
    } as const;
    return { info, requestTotals: () => {}, snapshot: never, flush: never, stop: never };
  };
}

async function serveCollector(test: TestContext, collector: Collector): Promise<Client> {
  const target = `unix:${join(temporaryFolder(test), "s")}`;
  const server = await startServer([parseListenAddress(`${target}@operator`)], log, { collector, drainMs: 100 });
  test.after(() => server.stop());
  return clientOf(test, target);
}

describe("a collector that dies", { timeout }, () => {
  /** What does not ask the collector. */
  const others: Record<string, string> = {
    StopTrace: "NOT_FOUND",
    ListSessions: "OK",
    GetSession: "NOT_FOUND",
    DeleteSession: "NOT_FOUND",
    FlushSession: "NOT_FOUND",
  };

  it("while it is asked: every RPC answers, those that need it UNAVAILABLE", async (test) => {
    const client = await serveCollector(test, new DyingCollector());
    for (const method of methods) {
      const { code } = await statusOf(client, method);
      assert.equal(status[code], others[nameOf(method)] ?? "UNAVAILABLE", method.path);
    }
  });

  it("while a trace runs: its client is told, and not why where nobody wrote that for it", async (test) => {
    const collector = new MortalCollector();
    const client = await serveCollector(test, collector);
    const [trace] = methods.filter(({ path }) => path.endsWith("/Trace"));
    assert.ok(trace !== undefined);
    const ended = statusOf(client, trace);
    while (collector.die.length === 0) await new Promise((resolve) => setImmediate(resolve));
    collector.die(new Error("/root/secret"));
    const { code, details } = await ended;
    assert.deepEqual([status[code], details], ["UNAVAILABLE", "the collector failed: internal error"]);
  });
});
