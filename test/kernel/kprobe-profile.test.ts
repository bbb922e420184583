import assert from "node:assert/strict";
import { it } from "node:test";
import { missesIn } from "../../src/kernel/kprobe-profile.js";

it("adds up what a group's probes have missed, and nothing of others", () => {
  const profile = [
    "  kprobe_1_77_ab12_1                                        40               3",
    "  kprobe_1_77_ab12_1                                         2               0",
    "  end_freed_77_ab12_1                                  1000000               4",
    "  kprobe_1_77_ab12_11                                        9             100",
    "  kprobe_1_177_ab12_1                                        9             100",
    "  myprobe                                                    9             100",
    "",
  ].join("\n");
  assert.equal(missesIn(profile, "ipftrace_77_ab12_1"), 7);
  assert.equal(missesIn(profile, "ipftrace_78_ab12_1"), 0);
  assert.equal(missesIn("", "ipftrace_77_ab12_1"), 0);
});
