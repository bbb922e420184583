import type { TestContext } from "node:test";
import { NamespaceLab } from "../../src/cli/namespace-lab.js";
import { serve } from "./processes.js";
import { clientOf } from "./tracing.js";

/** Two network namespaces, a server in a process of its own, and a client of it; all end with the test. `options` are of `serve`. */
export async function labWithServer(context: TestContext, options: readonly string[] = []) {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { target, server } = await serve(context, undefined, options);
  const client = clientOf(target);
  context.after(() => client.close());
  return { lab, server, client };
}
