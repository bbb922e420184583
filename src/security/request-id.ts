/** The id of a request, which ties together what clients and the log say of it. */
import { randomBytes } from "node:crypto";
import type { Metadata } from "@grpc/grpc-js";

/** Metadata with the id: a client may give one, and is told which one holds. */
export const REQUEST_ID = "x-request-id";
/** What an id may be: it goes into the log as it is. */
const REQUEST_ID_FORM = /^[\w.:-]{1,64}$/;
const NEW_ID_BYTES = 8;

/** The client's own id where it is well-formed, else a new one. */
export function requestIdOf(metadata: Metadata): string {
  const given = String(metadata.get(REQUEST_ID)[0] ?? "");
  return REQUEST_ID_FORM.test(given) ? given : randomBytes(NEW_ID_BYTES).toString("hex");
}
