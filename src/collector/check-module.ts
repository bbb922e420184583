/** What one module is on this kernel, tried out: compiled, linked and loaded, attached to nothing. */
import { IpftraceError, messageOf } from "../errors.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import type { InstalledModule } from "../gen/ipftrace/v1/trace_service.js";
import type { Catalog } from "../kernel/catalog.js";
import { requirePrivileges } from "../kernel/privileges.js";
import { tryLoading } from "../kernel/try-loading.js";
import { installedModule } from "../module/installed.js";
import { compileConditions } from "./compile-conditions.js";

/** Codes of errors that the module is to blame for. */
const FAULTS: ReadonlySet<string> = new Set(["INVALID_INPUT", "ATTACH_FAILED", "LIMIT_REACHED"]);

/** A trace of nothing but the module. */
const NO_CONDITIONS = {
  filter: undefined,
  pcapExpression: "",
  innerPcapExpression: "",
  whereExpression: "",
  followsAnyProtocol: false,
} as const;

/** @throws IpftraceError NOT_PERMITTED or KERNEL_UNSUPPORTED, when no module could be tried here */
export async function checkModule(catalog: Catalog, module: Module): Promise<InstalledModule> {
  requirePrivileges();
  const found = installedModule(catalog.types(), module);
  if (found.reason !== "") return found;
  try {
    const modules = [{ path: "module", module }];
    const { conditions, plan } = await compileConditions({ ...NO_CONDITIONS, modules }, catalog);
    tryLoading({ conditions, customBytes: plan?.bytes ?? 0, module: plan?.compiled });
    return found;
  } catch (reason) {
    if (reason instanceof IpftraceError && FAULTS.has(reason.code)) return { ...found, reason: faultsOf(reason) };
    throw reason;
  }
}

function faultsOf(error: IpftraceError): string {
  const { violations } = error;
  return violations.length === 0 ? messageOf(error) : violations.map(({ description }) => description).join("; ");
}
