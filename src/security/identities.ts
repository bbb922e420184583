/** Which names of certificates have which role. */
import { IpftraceError } from "../errors.js";
import type { MandatoryFilter } from "./mandatory.js";
import type { Role } from "./roles.js";

/** One name, or all of a pattern. */
export interface Identity {
  /** `*` stands for any text without `/` and `.`, `**` for any text. */
  readonly name: string;
  readonly role: Role;
  /** As {@link Caller.mandatory}. */
  readonly mandatory?: MandatoryFilter | undefined;
}

/** What a name is at this server. */
export type FindIdentity = (name: string) => Identity;

/** Looks names up, in the order of the list; throws IpftraceError FORBIDDEN for one that is not there. */
export function identityFinder(identities: readonly Identity[]): FindIdentity {
  const known = identities.map((identity) => ({ identity, pattern: patternOf(identity.name) }));
  return (name) => {
    const found = known.find(({ pattern }) => pattern.test(name));
    if (found !== undefined) return found.identity;
    throw new IpftraceError(
      "FORBIDDEN",
      `this server has no role for "${name}", the name in your certificate: its operator gives roles in security.identities of the configuration`,
    );
  };
}

function patternOf(name: string): RegExp {
  const source = name.replace(/\*\*?|[^*]+/g, (part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^/.]*" : part.replace(/[.+?^${}()|[\]\\/]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, "s");
}
