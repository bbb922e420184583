import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveConfig } from "../../src/config/resolve.js";
import { defaultLimits } from "../../src/service/limits.js";

test("the configuration's defaults are the server's own", () => {
  const { limits } = resolveConfig({ flags: new Map(), environment: {} }).config;
  for (const [name, value] of Object.entries(limits)) {
    assert.equal(BigInt(value), BigInt(defaultLimits[name as keyof typeof limits]), name);
  }
});

test("all limits but those of a filter and of functions can be configured", () => {
  const { limits } = resolveConfig({ flags: new Map(), environment: {} }).config;
  const fixed = ["maxAllowFilters", "maxDenyFilters", "maxFilterValues", "maxFunctions"];
  assert.deepEqual([...Object.keys(limits), ...fixed].sort(), Object.keys(defaultLimits).sort());
});
