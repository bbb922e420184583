import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { serveMetrics } from "../../src/metrics/listener.js";
import { makeMetrics } from "../../src/metrics/registry.js";
import type { Figures } from "../../src/metrics/sources.js";

const figures: Figures = {
  traces: 2,
  subscribers: 3,
  sessions: 1,
  queuedBytes: 4096,
  sentBatches: 7,
  sentBytes: 70_000,
  events: {
    seen: 100n,
    filtered: 60n,
    delivered: 30n,
    matchedPackets: 11n,
    journeys: 10n,
    hops: 29n,
    lost: new Map([
      ["ring", 9n],
      ["queue", 1n],
    ]),
  },
  programRuns: 1000n,
  programRunNs: 250_000_000n,
  isServing: true,
  collectorUtilization: 0.25,
  certificateExpiryS: 1_900_000_000,
};

/** The samples of a page, by name with labels. */
function samples(page: string): Map<string, number> {
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

describe("makeMetrics()", () => {
  const expected: [string, number][] = [
    [`ipftrace_build_info{version="1.2.3",node="${process.version}"}`, 1],
    ["ipftrace_serving", 1],
    ["ipftrace_traces", 2],
    ["ipftrace_subscribers", 3],
    ["ipftrace_sessions", 1],
    ["ipftrace_queued_bytes", 4096],
    ["ipftrace_collector_utilization_ratio", 0.25],
    ["ipftrace_certificate_expiry_timestamp_seconds", 1_900_000_000],
    ["ipftrace_events_seen_total", 100],
    ["ipftrace_events_filtered_total", 60],
    ["ipftrace_events_delivered_total", 30],
    ['ipftrace_events_lost_total{stage="ring"}', 9],
    ['ipftrace_events_lost_total{stage="queue"}', 1],
    ["ipftrace_packets_matched_total", 11],
    ["ipftrace_journeys_delivered_total", 10],
    ["ipftrace_hops_delivered_total", 29],
    ["ipftrace_program_runs_total", 1000],
    ["ipftrace_program_run_seconds_total", 0.25],
    ["ipftrace_batches_sent_total", 7],
    ["ipftrace_batch_bytes_sent_total", 70_000],
  ];

  test("shows each figure, and again at each scrape, not added up", async () => {
    const metrics = makeMetrics("1.2.3");
    await metrics.text(figures);
    const shown = samples(await metrics.text(figures));
    for (const [name, value] of expected) assert.equal(shown.get(name), value, name);
  });

  test("shows what happened", async () => {
    const metrics = makeMetrics("1.2.3");
    metrics.callEnded({ method: "/a.B/C", code: "OK", seconds: 0.002 });
    metrics.callEnded({ method: "/a.B/C", code: "NOT_FOUND", seconds: 30 });
    metrics.attached("kprobe", 0.2);
    metrics.detached(0.02);
    const shown = samples(await metrics.text(figures));
    assert.equal(shown.get('ipftrace_rpc_duration_seconds_count{method="/a.B/C",code="OK"}'), 1);
    assert.equal(shown.get('ipftrace_rpc_duration_seconds_bucket{le="0.005",method="/a.B/C",code="OK"}'), 1);
    assert.equal(shown.get('ipftrace_rpc_duration_seconds_sum{method="/a.B/C",code="NOT_FOUND"}'), 30);
    assert.equal(shown.get('ipftrace_attach_duration_seconds_sum{backend="kprobe"}'), 0.2);
    assert.equal(shown.get("ipftrace_detach_duration_seconds_count"), 1);
  });

  test("shows no certificate where there is none, and a stage that lost nothing more as it was", async () => {
    const metrics = makeMetrics("1.2.3");
    await metrics.text(figures);
    const now = { ...figures, certificateExpiryS: undefined, isServing: false };
    const shown = samples(await metrics.text(now));
    assert.equal(shown.has("ipftrace_certificate_expiry_timestamp_seconds"), false);
    assert.equal(shown.get("ipftrace_serving"), 0);
    assert.equal(shown.get('ipftrace_events_lost_total{stage="ring"}'), 9);
  });

  test("has metrics of the process and of the event loop", async () => {
    const shown = samples(await makeMetrics("1.2.3").text(figures));
    for (const name of ["process_resident_memory_bytes", "process_open_fds", "nodejs_eventloop_lag_p99_seconds"]) {
      assert.ok((shown.get(name) ?? -1) >= 0, name);
    }
  });
});

describe("serveMetrics()", () => {
  async function serve(test: TestContext, ask: () => Figures = () => figures): Promise<string> {
    const listener = await serveMetrics("127.0.0.1:0", { metrics: makeMetrics("1"), figures: ask });
    test.after(() => listener.stop());
    return `http://127.0.0.1:${listener.port}`;
  }

  test("answers what Prometheus asks", async (test) => {
    const response = await fetch(`${await serve(test)}/metrics?x=y`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(samples(await response.text()).get("ipftrace_traces"), 2);
  });

  const refused: [string, string, string, number][] = [
    ["another path", "/", "GET", 404],
    ["another method", "/metrics", "POST", 405],
  ];
  for (const [name, path, method, code] of refused) {
    test(`refuses ${name}`, async (test) => {
      assert.equal((await fetch((await serve(test)) + path, { method })).status, code);
    });
  }

  test("survives what goes wrong inside, and tells nothing of it", async (test) => {
    const url = await serve(test, () => {
      throw new Error("/root/secret");
    });
    const response = await fetch(`${url}/metrics`);
    assert.deepEqual([response.status, await response.text()], [500, "metrics could not be gathered\n"]);
  });

  test("a port that is taken is told", async (test) => {
    const served = { metrics: makeMetrics("1"), figures: () => figures };
    const first = await serveMetrics("127.0.0.1:0", served);
    test.after(() => first.stop());
    await assert.rejects(
      serveMetrics(`127.0.0.1:${first.port}`, served),
      (reason) =>
        reason instanceof IpftraceError && /metrics\.listen: cannot listen at 127\.0\.0\.1/.test(reason.message),
    );
  });
});
