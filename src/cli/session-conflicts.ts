/** Options of sessions that contradict others. */
import type { CommandName } from "./commands.js";
import type { AsGiven } from "./conflicts.js";
import { type OptionKey, type OptionValues, optionKeys, optionSpec } from "./options.js";

const OF_DETACH = ["historyBytes", "historyAgeMs", "expireAfterMs"] as const;
const OF_ATTACH = ["from", "noFollow"] as const;
/** What a client may ask for of a session that it reads. */
const WITH_ATTACH: ReadonlySet<OptionKey> = new Set<OptionKey>([
  "attach",
  ...OF_ATTACH,
  "sampleOneIn",
  "maxJourneysPerSecond",
  "count",
  "durationMs",
  "output",
  "server",
  "tlsCa",
  "tlsCert",
  "tlsKey",
  "tlsServerName",
  "noColor",
  "quiet",
]);

/** The first contradiction in one sentence; undefined without one. */
export function sessionConflict(values: OptionValues, given: AsGiven, command: CommandName): string | undefined {
  if (command !== "trace") return undefined;
  const written = (key: OptionKey): string => given.get(key)?.[0]?.option ?? key;
  const alone = (keys: readonly OptionKey[], needed: OptionKey): string | undefined => {
    const key = keys.find((candidate) => given.has(candidate));
    if (key === undefined || given.has(needed)) return undefined;
    return `${written(key)}: goes with ${optionSpec(needed).names[0]} NAME, which is missing`;
  };
  const fault = alone(OF_DETACH, "detach") ?? alone(OF_ATTACH, "attach");
  if (fault !== undefined) return fault;
  const main = (["attach", "detach"] as const).find((key) => values[key] !== undefined);
  if (main === undefined) return undefined;
  if (values.server === undefined) return `${written(main)}: sessions live on a server; give --server ADDRESS`;
  if (values.attach === undefined) return undefined;
  const foreign = optionKeys(command).find((key) => given.has(key) && !WITH_ATTACH.has(key));
  if (foreign === undefined) return undefined;
  return `${written(foreign)} and --attach: what is traced is the session's own; leave one of them out`;
}
