/**
 * Starts the worker thread from the built file, or from the source in tests. The build puts this
 * module into any folder of dist.
 */
import { Worker } from "node:worker_threads";
import type { CollectorSettings } from "./messages.js";

const isSource = import.meta.url.endsWith(".ts");

/** The worker; its own exit does not keep the process alive. */
export function spawnWorker(settings: CollectorSettings): Worker {
  const options = { workerData: settings };
  if (!isSource) return new Worker(new URL("../collector/worker.js", import.meta.url), options);
  // Worker threads do not inherit tsx's loader: it is registered there first.
  const source = new URL("./worker.ts", import.meta.url).href;
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(source)}); });`;
  return new Worker(code, { ...options, eval: true });
}
