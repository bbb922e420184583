/** The table of docs/metrics.md is what the registry has. */
import { test } from "node:test";
import { makeMetrics } from "../../src/metrics/registry.js";
import { compareGenerated } from "./generated.js";

const HEADER = "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n";

test("docs/metrics.md has every metric", async () => {
  const { registry } = makeMetrics("");
  const types = new Map((await registry.getMetricsAsJSON()).map(({ name, type }) => [name, type]));
  const lines = registry.getMetricsAsArray().map((metric) => {
    // Metrics have it; the package's types do not say so.
    const { name, help, labelNames = [] } = metric as typeof metric & { labelNames?: readonly string[] };
    const labels = labelNames.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${types.get(name)} | ${labels} | ${help.replace(/\.$/, "")} |\n`;
  });
  compareGenerated("docs/metrics.md", "metrics", HEADER + lines.join(""));
});
