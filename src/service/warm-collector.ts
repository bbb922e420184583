/** A collector that gets to know the kernel while the rest of a server is still being loaded. */
import { Collector } from "../collector/collector.js";

/** Starts it. */
export function warmCollector(): Collector {
  const collector = new Collector();
  collector.warm();
  return collector;
}
