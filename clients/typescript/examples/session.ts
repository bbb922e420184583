/**
 * Reads a session from its oldest journey on, with TLS where PEM files are given, and goes on where it was when
 * the connection breaks: one line of JSON an event.
 *
 *     session.ts ADDRESS NAME [CA CERTIFICATE KEY]
 */
import { readFileSync } from "node:fs";
import { connect, renderEventJson } from "ipftrace-client";

const [address = "unix:/run/ipftrace/ipftraced.sock", session = "night", ...files] = process.argv.slice(2);
const [authorities, certificate, key] = files.map((path) => readFileSync(path));
const tls = authorities && certificate && key && { authorities, certificate, key };
using client = await connect(address, tls && { tls });
const stream = client.trace({ session, start: { $case: "oldest", value: true } });
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stream.cancel());

for await (const event of stream) process.stdout.write(renderEventJson(event));
