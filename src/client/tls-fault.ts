/** Why no connection came about, in words that help. */

/** What OpenSSL and Node.js say when a handshake fails, and what it means. */
const meanings: readonly (readonly [said: RegExp, means: string])[] = [
  [/alert certificate required/, "the server wants a certificate of its clients: give one, with its key"],
  [/alert certificate expired/, "the server refuses this client's certificate: it has expired; renew it"],
  [
    /alert (?:unknown ca|bad certificate|decrypt error|unsupported certificate|certificate unknown|access denied)/,
    "the server refuses this client's certificate: it must be from an authority that the server knows",
  ],
  [/alert protocol version|unsupported protocol/, "the server does not speak TLS 1.3"],
  [/wrong version number|packet length too long/, "the server does not speak TLS: connect without"],
  [/certificate has expired/, "the server's certificate has expired: its operator must renew it"],
  [/certificate is not yet valid/, "the server's certificate is not valid yet: mind the clocks of both machines"],
  [
    /self[- ]signed certificate|unable to (?:get local issuer|verify the first|get issuer)/i,
    "the server's certificate is not from an authority that this client was given: give the one that signed it",
  ],
];
const NAME_MISMATCH = /does not match certificate's altnames: (.*)$/s;
/** What is left of a server's reason when it arrives after the connection is gone. */
const CUT_OFF = /^Failed to connect|ECONNRESET|EPIPE|socket hang up|Protocol error/;

/** The meaning of what grpc-js tells of an attempt; what it tells, where it says enough. */
export function connectionReason(said: string, hasTls: boolean): string {
  const name = NAME_MISMATCH.exec(said)?.[1];
  if (name !== undefined) return `the server's certificate has another name (${name}): give the name that it has`;
  const known = meanings.find(([pattern]) => pattern.test(said))?.[1];
  if (known !== undefined) return known;
  if (!CUT_OFF.test(said)) return said;
  if (!hasTls) return "it closed the connection, as a server does that wants TLS";
  return "it closed the connection during the handshake, as a server does that refuses this client's certificate: it must be from an authority that the server knows, and not have expired";
}
