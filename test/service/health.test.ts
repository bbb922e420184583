import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeInfo } from "../../src/collector/messages.js";
import { makeLogger } from "../../src/log.js";
import { ServerHealth } from "../../src/service/health.js";

function nodeWith(available: boolean): NodeInfo {
  return { backends: [{ backend: "tracepoint", available, reason: "no BTF", remedy: "" }], capabilities: [] };
}

function healthOf(...answers: (NodeInfo | Error)[]): { health: ServerHealth; asked: () => number } {
  let asked = 0;
  const node = async (): Promise<NodeInfo> => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer === undefined || answer instanceof Error) throw answer;
    return answer;
  };
  return { health: new ServerHealth({ node }, makeLogger("silent")), asked: () => asked };
}

describe("ServerHealth", () => {
  it("is serving when the collector can trace, and not before that is known", async () => {
    const { health } = healthOf(nodeWith(true));
    assert.equal(health.isServing, false);
    await health.check();
    assert.equal(health.isServing, true);
  });

  it("is not serving when the kernel allows nothing", async () => {
    const { health } = healthOf(nodeWith(false));
    await health.check();
    assert.equal(health.isServing, false);
  });

  it("is not serving after the collector broke down, until it works again; each time it waits longer", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const { health, asked } = healthOf(nodeWith(true), new Error("gone"), nodeWith(true));
    await health.check();
    health.broken(new Error("killed"));
    assert.equal(health.isServing, false);
    test.mock.timers.tick(1000);
    await settled();
    assert.deepEqual([health.isServing, asked()], [false, 2]);
    test.mock.timers.tick(1000);
    await settled();
    assert.equal(asked(), 2, "the second time it waits for two seconds");
    test.mock.timers.tick(1000);
    await settled();
    assert.deepEqual([health.isServing, asked()], [true, 3]);
  });

  it("is not serving any more when the server stops, and tries nothing", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const { health, asked } = healthOf(nodeWith(true));
    await health.check();
    health.drain();
    health.broken(new Error("killed"));
    test.mock.timers.tick(100_000);
    await settled();
    assert.deepEqual([health.isServing, asked()], [false, 1]);
  });
});

/** Whatever promises wait for has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
