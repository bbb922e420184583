/** A collector that gets to know the kernel while the rest of a server is still being loaded. */
import { Collector } from "../collector/collector.js";

/** For {@link startServer}, which closes it; to be closed where there will be no server. */
export type WarmCollector = Collector;

/** Starts it. */
export function warmCollector(): WarmCollector {
  const collector = new Collector();
  collector.warm();
  return collector;
}
