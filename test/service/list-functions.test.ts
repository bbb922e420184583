import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { Manifest, TraceableFunction } from "../../src/gen/ipftrace/v1/manifest.js";
import { ListFunctionsRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { loadShippedManifest } from "../../src/manifest/shipped.js";
import { listFunctions } from "../../src/service/list-functions.js";
import { FakeCollector } from "./fake-collector.js";

/** A collector that knows so many functions: f0, f1, f2 … */
function collectorOf(count: number): FakeCollector {
  const collector = new FakeCollector();
  collector.known = Array.from({ length: count }, (_, i) => TraceableFunction.fromPartial({ name: `f${i}` }));
  return collector;
}

function list(collector: FakeCollector, request: Partial<ListFunctionsRequest>) {
  return listFunctions(collector, { ...ListFunctionsRequest.fromPartial({}), ...request });
}

describe("pages", () => {
  const cases: [what: string, count: number, request: Partial<ListFunctionsRequest>, names: string[], next: string][] =
    [
      ["nothing", 0, {}, [], ""],
      ["the first of several", 5, { pageSize: 2 }, ["f0", "f1"], "2"],
      ["one in the middle", 5, { pageSize: 2, pageToken: "2" }, ["f2", "f3"], "4"],
      ["the last", 5, { pageSize: 2, pageToken: "4" }, ["f4"], ""],
      ["one that is exactly full, and the last", 4, { pageSize: 2, pageToken: "2" }, ["f2", "f3"], ""],
      ["one behind the end", 5, { pageSize: 2, pageToken: "50" }, [], ""],
    ];
  for (const [what, count, request, names, next] of cases) {
    it(what, async () => {
      const answer = await list(collectorOf(count), request);
      assert.deepEqual(
        answer.functions.map(({ name }) => name),
        names,
      );
      assert.equal(answer.nextPageToken, next);
      assert.equal(answer.totalSize, count);
    });
  }

  for (const [pageSize, size] of [
    [0, 100],
    [1, 1],
    [1000, 1000],
    [1001, 1000],
    [4_294_967_295, 1000],
  ] as const) {
    it(`of ${pageSize} have ${size} functions`, async () => {
      assert.equal((await list(collectorOf(1500), { pageSize })).functions.length, size);
    });
  }

  it("one after the other have every function once", async () => {
    const collector = collectorOf(1234);
    const names: string[] = [];
    let pageToken = "";
    do {
      const page = await list(collector, { pageSize: 100, pageToken });
      names.push(...page.functions.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    assert.deepEqual(
      names,
      collector.known.map(({ name }) => name),
    );
  });

  it("hold only names that contain the text asked for, and are counted so", async () => {
    const answer = await list(collectorOf(200), { nameContains: "19", pageSize: 3 });
    assert.deepEqual(
      answer.functions.map(({ name }) => name),
      ["f19", "f119", "f190"],
    );
    assert.equal(answer.totalSize, 12);
    assert.equal(answer.nextPageToken, "3");
  });
});

describe("what is listed", () => {
  it("is everything that the kernel has when no manifest is named", async () => {
    const collector = collectorOf(1);
    await list(collector, {});
    assert.deepEqual(collector.askedManifests, [undefined]);
  });

  it("is a manifest by name, or the client's own", async () => {
    const collector = collectorOf(1);
    const value = Manifest.fromPartial({ name: "mine", groups: [{ functions: [{ name: "ip_rcv" }] }] });
    await list(collector, { manifestSource: { $case: "manifestName", value: "generic" } });
    await list(collector, { manifestSource: { $case: "manifest", value } });
    assert.deepEqual(collector.askedManifests, [loadShippedManifest("generic").manifest, value]);
  });

  it("is narrowed by an expression for names, which the collector reads", async () => {
    const collector = collectorOf(1);
    await list(collector, { functionRegex: "^ip_(rcv|output)$" });
    await list(collector, {});
    assert.deepEqual(collector.askedRegexes, ["^ip_(rcv|output)$", ""]);
  });

  const bad: [what: string, request: Partial<ListFunctionsRequest>, field: string][] = [
    ["a manifest that does not exist", { manifestSource: { $case: "manifestName", value: "x" } }, "manifest_name"],
    [
      "a manifest with a fault",
      { manifestSource: { $case: "manifest", value: Manifest.fromPartial({}) } },
      "manifest.groups",
    ],
    ["an expression that is too long", { functionRegex: "x".repeat(513) }, "function_regex"],
    ...["-1", "1.5", " 2", "0x10", "9999999999", "token", "x".repeat(1_000_000)].map(
      (pageToken): [string, Partial<ListFunctionsRequest>, string] => [
        `the page token "${pageToken.slice(0, 12)}"`,
        { pageToken },
        "page_token",
      ],
    ),
  ];
  for (const [what, request, field] of bad) {
    it(`is refused for ${what}`, async () => {
      await assert.rejects(list(collectorOf(5), request), (error: unknown) => {
        assert.ok(error instanceof IpftraceError);
        assert.equal(error.code, "INVALID_INPUT");
        assert.deepEqual(
          error.violations.map((one) => one.field),
          [field],
        );
        assert.ok(error.message.length < 500, "a message of a megabyte reaches no client");
        return true;
      });
    });
  }
});
