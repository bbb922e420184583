/**
 * The examples of each language where functions can be probed: on Linux 6.12 in a virtual machine, in which
 * guest.sh lets all of them and the command line trace the same packets. Here it is judged.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { requirement } from "../../test/helpers/require-kernel.js";
import { boot } from "../../test/vm/boot.js";
import { folder as clients, languagesWith, whyNoClients } from "./examples.js";
import { CUT_BY_GSO, withoutTimes } from "./printed.js";

const SCRIPT = fileURLToPath(new URL("guest.sh", import.meta.url));
/** Three times what it takes on two idle cores. */
const TIMEOUT_SECONDS = 600;

describe("on Linux 6.12, by kprobe-multi", requirement(whyNoClients()), () => {
  const folder = mkdtempSync(join(tmpdir(), "ipftrace-vm-"));
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  before(() =>
    boot({ line: "6.12", command: [SCRIPT, clients], timeoutSeconds: TIMEOUT_SECONDS, folder, cwd: clients }),
  );
  after(() => rmSync(folder, { recursive: true }));

  for (const [example, expected] of [
    ["icmp", /ip_output.*ip_rcv/s],
    ["gso", CUT_BY_GSO],
  ] as const) {
    describe(`the ${example} example prints what the command line does`, () => {
      const journeys = (who: string): string[] => withoutTimes(read(`${example}.${who}.out`));
      test("ipftrace", () => {
        assert.match(read(`${example}.ipftrace.err`), /tracing \d+ functions with kprobe-multi \(.* 0 lost/s);
        assert.match(journeys("ipftrace").join("\n\n"), expected);
      });
      for (const language of clients === "" ? [] : languagesWith(example).keys()) {
        test(language, () => {
          assert.equal(read(`${example}.${language}.status`), "0\n", read(`${example}.${language}.err`));
          assert.deepEqual(journeys(language), journeys("ipftrace"));
        });
      }
    });
  }
});
