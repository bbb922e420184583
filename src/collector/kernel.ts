/** The running kernel, as all traces share it. */
import { IpftraceError } from "../errors.js";
import type { BackendName } from "../kernel/attach-request.js";
import { BACKENDS, type BackendVerdict, tryBackend } from "../kernel/backends.js";
import type { Catalog } from "../kernel/catalog.js";
import { requirePrivileges } from "../kernel/privileges.js";

/** The running kernel, with the verdict on each backend once it is known. */
export class Kernel {
  readonly #catalog: Catalog;
  readonly #verdicts = new Map<BackendName, Promise<BackendVerdict>>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Whether a backend works; tried once. */
  verdict(backend: BackendName): Promise<BackendVerdict> {
    const known = this.#verdicts.get(backend) ?? tryBackend(backend);
    this.#verdicts.set(backend, known);
    return known;
  }

  /** The best backend, or the one asked for, and the better ones that do not work. */
  async choose(wanted: BackendName | undefined): Promise<{ backend: BackendName; passedOver: BackendVerdict[] }> {
    requirePrivileges();
    const passedOver: BackendVerdict[] = [];
    for (const backend of wanted === undefined ? BACKENDS : [wanted]) {
      const verdict = await this.verdict(backend);
      if (verdict.available) return { backend, passedOver };
      passedOver.push(verdict);
    }
    const reasons = passedOver.map(({ backend, reason, remedy }) => `${backend}: ${reason}${remedy && ` (${remedy})`}`);
    throw new IpftraceError("KERNEL_UNSUPPORTED", `cannot trace on this kernel: ${reasons.join("; ")}`);
  }
}
