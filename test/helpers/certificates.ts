/** Certificates for tests, made by openssl(1). */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./temporary-folder.js";

/** Paths of a certificate and its key. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says. */
export interface Names {
  /** Common name; none without it. */
  readonly cn?: string;
  /** subjectAltName, such as `URI:spiffe://x/a,DNS:a.b`; none without it. */
  readonly names?: string;
  /** Whether its time is over. */
  readonly expired?: boolean;
}

const SERVER_NAMES = "DNS:localhost,IP:127.0.0.1";

/** An authority in a folder of its own. */
export class Authority {
  readonly #folder: string;
  #issued = 0;

  constructor(test: TestContext, name = "authority") {
    this.#folder = temporaryFolder(test);
    const { certificate, key } = this.#files("ca");
    const constraints = "basicConstraints=critical,CA:TRUE";
    openssl([
      "req",
      "-x509",
      ...KEY,
      "-keyout",
      key,
      "-out",
      certificate,
      "-subj",
      `/CN=${name}`,
      "-addext",
      constraints,
    ]);
    writeFileSync(join(this.#folder, "index"), "");
    writeFileSync(join(this.#folder, "serial"), "01");
  }

  /** Its own certificate. */
  get certificate(): string {
    return this.#files("ca").certificate;
  }

  /** Signs a new certificate. */
  issue({ cn, names, expired = false }: Names): Pair {
    const pair = this.#files(String(++this.#issued));
    const request = join(this.#folder, "request");
    openssl(["req", ...KEY, "-keyout", pair.key, "-out", request, "-subj", cn === undefined ? "/" : `/CN=${cn}`]);
    const config = join(this.#folder, "config");
    writeFileSync(config, this.#config(names));
    const times = expired ? ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"] : ["-days", "10"];
    openssl(["ca", "-batch", "-config", config, "-in", request, "-out", pair.certificate, "-notext", ...times]);
    return pair;
  }

  /** For a server on loopback. */
  issueServer(more: Names = {}): Pair {
    return this.issue({ cn: "server", names: SERVER_NAMES, ...more });
  }

  #files(name: string): Pair {
    return { certificate: join(this.#folder, `${name}.pem`), key: join(this.#folder, `${name}.key`) };
  }

  #config(names: string | undefined): string {
    const { certificate, key } = this.#files("ca");
    return `[ca]
default_ca = this
[this]
database = ${this.#folder}/index
serial = ${this.#folder}/serial
new_certs_dir = ${this.#folder}
certificate = ${certificate}
private_key = ${key}
default_md = sha256
policy = any
unique_subject = no
x509_extensions = extensions
[any]
commonName = optional
[extensions]
basicConstraints = CA:FALSE
${names === undefined ? "" : `subjectAltName = critical,${names}`}
`;
  }
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function openssl(words: readonly string[]): void {
  execFileSync("openssl", words, { stdio: ["ignore", "ignore", "pipe"] });
}

/** The texts of a pair. */
export function readPair({ certificate, key }: Pair): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}
