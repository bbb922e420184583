import type { TestContext } from "node:test";
import { connect } from "../../src/cli/client.js";
import type { ServerOptions } from "../../src/cli/client-tls.js";
import type { GetNodeResponse } from "../../src/gen/ipftrace/v1/trace_service.js";
import { makeLogger } from "../../src/log.js";
import type { Identity } from "../../src/security/identities.js";
import { parseListenAddress } from "../../src/service/listen.js";
import { type RunningServer, startServer } from "../../src/service/server.js";
import { Authority, type Names, type Pair } from "../helpers/certificates.js";
import { freePort } from "../helpers/free-port.js";
import { FakeCollector } from "../service/fake-collector.js";

/** A server with TLS on loopback, stopped when the test ends. */
export interface TlsServer {
  readonly target: string;
  readonly server: RunningServer;
  readonly collector: FakeCollector;
  readonly authority: Authority;
  readonly files: Pair;
  /** A client's words for certificates with these names, from the server's authority. */
  words(names: Names): ServerOptions;
}

/** Starts it. */
export async function startTls(
  test: TestContext,
  identities: readonly Identity[] = [{ name: "**", role: "reader" }],
  files?: Pair,
  authority = new Authority(test),
): Promise<TlsServer> {
  const own = files ?? authority.issueServer();
  const collector = new FakeCollector();
  const target = `127.0.0.1:${await freePort()}`;
  const server = await startServer([parseListenAddress(target, { hasTls: true })], makeLogger("silent"), {
    collector,
    drainMs: 1000,
    tls: { ...own, clientAuthority: authority.certificate, identities },
  });
  test.after(() => server.stop());
  const words = (names: Names): ServerOptions => withPair(authority, authority.issue(names));
  return { target, server, collector, authority, files: own, words };
}

/** A client's words for a pair, and the authority of the server's certificate. */
export function withPair(authority: Authority, pair: Pair): ServerOptions {
  return { tlsCa: authority.certificate, tlsCert: pair.certificate, tlsKey: pair.key };
}

/** What GetNode answers to a client that comes with these words. @throws what connect() throws, or the ServiceError */
export async function getNodeWith(target: string, words: ServerOptions): Promise<GetNodeResponse> {
  const client = await connect(target, words);
  try {
    return await new Promise<GetNodeResponse>((resolve, reject) => {
      client.getNode({}, (error, response) => (error ? reject(error) : resolve(response)));
    });
  } finally {
    client.close();
  }
}
