/**
 * Starts the worker thread from the built file, or from the source in tests. The build puts this
 * module into any folder of dist.
 */
import { Worker } from "node:worker_threads";

const isSource = import.meta.url.endsWith(".ts");

/** The worker; its own exit does not keep the process alive. */
export function spawnWorker(): Worker {
  if (!isSource) return new Worker(new URL("../collector/worker.js", import.meta.url));
  // Worker threads do not inherit tsx's loader: it is registered there first.
  const source = new URL("./worker.ts", import.meta.url).href;
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(source)}); });`;
  return new Worker(code, { eval: true });
}
