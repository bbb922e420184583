/** Certificates that are replaced while they are served. */
import { stat } from "node:fs/promises";
import { IpftraceError, messageOf } from "../errors.js";
import { type Certificates, readCertificates, type TlsFiles } from "./certificates.js";

/**
 * How often the files are looked at. Not inotify: that sees a file replaced by rename, but not one that is
 * reached through a link in another folder, nor one on a network.
 */
const LOOK_EVERY_MS = 5000;

/** What a watch tells. */
export interface CertificateEvents {
  /** New ones are to be used. */
  replaced(certificates: Certificates): void;
  /** New ones are there and cannot be used; the old ones stay. */
  refused(reason: IpftraceError): void;
}

/** Looks after the files of one server. */
export class CertificateWatch {
  readonly #files: TlsFiles;
  readonly #events: CertificateEvents;
  #current: Certificates;
  /** Of the files that were read last, whether or not they could be used. */
  #signature: string;
  #timer: NodeJS.Timeout | undefined;
  #look: Promise<void> | undefined;

  private constructor(files: TlsFiles, events: CertificateEvents, current: Certificates, signature: string) {
    this.#files = files;
    this.#events = events;
    this.#current = current;
    this.#signature = signature;
  }

  /** Reads the files, and looks after them from now on. @throws IpftraceError INVALID_INPUT */
  static async start(files: TlsFiles, events: CertificateEvents): Promise<CertificateWatch> {
    // Before reading: what changes in between is seen as a change.
    const signature = await signatureOf(files);
    const watch = new CertificateWatch(files, events, await readCertificates(files, Date.now()), signature);
    watch.#timer = setInterval(() => void watch.look(), LOOK_EVERY_MS).unref();
    return watch;
  }

  /** Those in use. */
  get current(): Certificates {
    return this.#current;
  }

  /** Looks at the files now. */
  look(): Promise<void> {
    this.#look ??= this.#reread().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  async #reread(): Promise<void> {
    const signature = await signatureOf(this.#files);
    if (signature === this.#signature) return;
    this.#signature = signature;
    try {
      this.#current = await readCertificates(this.#files, Date.now());
    } catch (reason) {
      this.#events.refused(IpftraceError.from(reason, "INVALID_INPUT", "read the certificates"));
      return;
    }
    this.#events.replaced(this.#current);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Changes whenever one of the files is replaced, written, or reached by another link. */
async function signatureOf({ certificate, key, clientAuthority }: TlsFiles): Promise<string> {
  const parts = await Promise.all(
    [certificate, key, clientAuthority].map(async (path) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
        return [dev, ino, size, mtimeNs, ctimeNs].join(":");
      } catch (reason) {
        return messageOf(reason);
      }
    }),
  );
  return parts.join(" ");
}
