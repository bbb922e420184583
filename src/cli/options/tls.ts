/** Options of TLS, the same for a server and its clients. */
import { readText } from "../values.js";
import type { OptionSpec } from "./spec.js";

const clients = ["trace", "explain", "list", "module", "doctor"] as const;
const file = { kind: "value", commands: [...clients, "serve"], metavar: "FILE" } as const;

/** Certificates and keys, in PEM. */
export const tlsOptions = {
  tlsCa: {
    ...file,
    names: ["--tls-ca"],
    help: "Authorities (PEM) that the other side's certificate must be from; serve: of clients",
    read: readText("is empty: give a file"),
  },
  tlsCert: {
    ...file,
    names: ["--tls-cert"],
    help: "This side's certificate (PEM), and those between it and the authority",
    read: readText("is empty: give a file"),
  },
  tlsKey: {
    ...file,
    names: ["--tls-key"],
    help: "The key of --tls-cert (PEM)",
    read: readText("is empty: give a file"),
  },
  tlsServerName: {
    kind: "value",
    names: ["--tls-server-name"],
    commands: clients,
    metavar: "NAME",
    help: "The name that the server's certificate must have (default: the host of --server)",
    read: readText("is empty: give a name"),
  },
} as const satisfies Record<string, OptionSpec>;
