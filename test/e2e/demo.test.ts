import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { assertNothingLeft, kernelState } from "../helpers/kernel-state.js";
import { parseOriginalText } from "../helpers/original-text.js";
import { ipftrace } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { whyNotHere } from "./why-not.js";

kernelTest("demo shows an ICMP and a TCP journey and leaves nothing behind", whyNotHere, async (context) => {
  const before = kernelState();
  const folder = temporaryFolder(context);
  const demo = ipftrace(context, ["demo"], { TMPDIR: folder });
  assert.equal(await demo.end(), 0, demo.err);
  const journeys = parseOriginalText(demo.out);
  const whole = (protocol: string, source: RegExp, destination: RegExp) =>
    journeys.filter(
      (journey) =>
        journey.protocol === protocol &&
        source.test(journey.source) &&
        destination.test(journey.destination) &&
        journey.rows.length > 3,
    );
  assert.ok(whole("ICMP", /^10\.0\.1\.10$/, /^10\.0\.1\.11$/).length > 0, demo.out);
  assert.ok(whole("TCP", /^10\.0\.1\.10:\d+$/, /^10\.0\.1\.11:31337$/).length > 0, demo.out);
  assert.match(demo.err, /tracing \d+ functions with (kprobe-multi|kprobe|tracepoint)/);
  assert.match(demo.err, /\d+ packets, \d+ journeys, \d+ hops, 0 lost \(seen \d+, filtered \d+\)\n$/);
  await assertNothingLeft(before, "the demo");
  assert.deepEqual(readdirSync(folder), [], "files were left behind");
});

kernelTest("demo killed in the middle leaves nothing in the kernel", whyNotHere, async (context) => {
  const before = kernelState();
  const demo = ipftrace(context, ["demo"], { TMPDIR: temporaryFolder(context) });
  await demo.until(() => demo.out.includes("Trace ready!"), "start");
  await demo.end("SIGKILL");
  await assertNothingLeft(before, "the demo");
});
