import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Shedder, type Step } from "../../src/collector/shedder.js";

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** A trace whose cost is that of its probes, and that of what it follows. */
interface Model {
  readonly budget: number;
  readonly probes: number;
  readonly following: number;
}

/** Runs traces for some seconds; steps by second, from 1. */
function simulate(ceiling: number, models: readonly Model[], seconds: number) {
  const shedder = new Shedder(ceiling);
  const steps: [second: number, step: Step][] = [];
  const stopped = new Set<number>();
  for (const [id, { budget }] of models.entries()) shedder.add(id, budget);
  for (let second = 1; second <= seconds; second++) {
    const costs = new Map(
      [...models.entries()]
        .filter(([id]) => !stopped.has(id))
        .map(([id, { probes, following }]) => {
          const oneIn = shedder.oneIn(id);
          return [id, probes + (oneIn === 0 ? 0 : following / oneIn)];
        }),
    );
    for (const step of shedder.tick(costs)) {
      steps.push([second, step]);
      if ("percent" in step) {
        stopped.add(step.id);
        shedder.remove(step.id);
      }
    }
  }
  return { steps, shedder };
}

/** [second, one in] of one trace; the end as "end". */
function levels(steps: readonly [number, Step][], id = 0): [number, number | "end"][] {
  return steps
    .filter(([, step]) => step.id === id)
    .map(([second, step]) => [second, "oneIn" in step ? step.oneIn : "end"]);
}

describe("a trace with a budget", () => {
  const rows: [what: string, model: Model, seconds: number, expected: [number, number | "end"][]][] = [
    ["within it nothing is done", { budget: 10, probes: 1, following: 9 }, 60, []],
    [
      "a little over it, half of the conversations are left after two seconds",
      { budget: 10, probes: 1, following: 10 },
      60,
      [[2, 2]],
    ],
    [
      "far over it, one step is enough where following is all that costs",
      { budget: 10, probes: 0, following: 400 },
      60,
      [[2, 64]],
    ],
    [
      "what the probes cost takes more steps, each larger",
      { budget: 10, probes: 8, following: 20 },
      30,
      [
        [2, 4],
        [4, 16],
      ],
    ],
    [
      "probes that cost too much end it when nothing is followed",
      { budget: 10, probes: 11, following: 20 },
      60,
      [
        [2, 4],
        [4, 16],
        [6, 256],
        [8, 0],
        [11, "end"],
      ],
    ],
  ];
  for (const [what, model, seconds, expected] of rows) {
    it(what, () => assert.deepEqual(levels(simulate(NO_LIMIT, [model], seconds).steps), expected));
  }

  it("says what it cost in the end, and what the most is", () => {
    const { steps } = simulate(NO_LIMIT, [{ budget: 10, probes: 11, following: 20 }], 60);
    assert.deepEqual(steps.at(-1)?.[1], { id: 0, percent: 11, budget: 10 });
  });

  it("a single second over it is not enough", () => {
    const shedder = new Shedder(NO_LIMIT);
    shedder.add(1, 10);
    const costs = [20, 5, 20, 5, 20, 5].map((percent) => shedder.tick(new Map([[1, percent]])));
    assert.deepEqual(costs.flat(), []);
  });

  it("follows twice as much after ten seconds in which there was room for that, one step at a time", () => {
    const shedder = new Shedder(NO_LIMIT);
    shedder.add(1, 10);
    const tick = (percent: number) => shedder.tick(new Map([[1, percent]]));
    const run = (percent: number, seconds: number) => Array.from({ length: seconds }, () => tick(percent)).flat();
    assert.deepEqual(run(40, 2), [{ id: 1, oneIn: 4 }]);
    assert.deepEqual(run(4, 30), [], "twice as much would leave too little room");
    assert.deepEqual(run(3, 9), []);
    assert.deepEqual(run(4, 1), []);
    assert.deepEqual(run(3, 25), [
      { id: 1, oneIn: 2 },
      { id: 1, oneIn: 1 },
    ]);
    assert.deepEqual(run(1, 30), [], "there is nothing more to follow");
  });

  it("comes back from following nothing", () => {
    const shedder = new Shedder(NO_LIMIT);
    shedder.add(1, 1);
    const run = (percent: number, seconds: number) =>
      Array.from({ length: seconds }, () => shedder.tick(new Map([[1, percent]]))).flat();
    assert.deepEqual(run(5000, 2), [{ id: 1, oneIn: 0 }]);
    assert.deepEqual(run(0.1, 10), [{ id: 1, oneIn: 1024 }]);
  });
});

describe("traces with a budget together", () => {
  it("the costliest sheds first, then the next one, and those that cost least stay whole", () => {
    const models = [
      { budget: NO_LIMIT, probes: 0, following: 5 },
      { budget: NO_LIMIT, probes: 1, following: 60 },
      { budget: NO_LIMIT, probes: 1, following: 30 },
    ];
    const { steps, shedder } = simulate(50, models, 60);
    assert.deepEqual(levels(steps, 0), []);
    assert.ok(shedder.oneIn(1) > 1);
    const total = models.reduce((sum, { probes, following }, id) => sum + probes + following / shedder.oneIn(id), 0);
    assert.ok(total <= 50, `${total} %`);
    assert.deepEqual(steps[0]?.[1].id, 1);
  });

  it("when nothing is followed any more the costliest ends, and the others may go on", () => {
    const models = [
      { budget: NO_LIMIT, probes: 3, following: 10 },
      { budget: NO_LIMIT, probes: 9, following: 10 },
    ];
    const { steps } = simulate(10, models, 120);
    const ended = steps.filter(([, step]) => "percent" in step).map(([, step]) => step);
    assert.deepEqual(ended, [{ id: 1, percent: 9, budget: 10 }]);
  });

  it("one alone sheds as with a budget of its own", () => {
    const models = [{ budget: NO_LIMIT, probes: 11, following: 20 }];
    const expected = [
      [2, 4],
      [4, 16],
      [6, 256],
      [8, 0],
      [11, "end"],
    ];
    assert.deepEqual(levels(simulate(10, models, 60).steps), expected);
  });

  it("a budget of its own holds as well", () => {
    const models = [
      { budget: 5, probes: 0, following: 9 },
      { budget: NO_LIMIT, probes: 0, following: 20 },
    ];
    assert.deepEqual(levels(simulate(100, models, 60).steps, 0), [[2, 2]]);
    assert.deepEqual(levels(simulate(100, models, 60).steps, 1), []);
  });
});
