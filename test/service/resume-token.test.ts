import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Totals } from "../../src/collector/messages.js";
import { NO_TOTALS } from "../../src/hub/account.js";
import { readToken, writeToken } from "../../src/service/resume-token.js";
import { LOST_AT } from "../helpers/totals.js";

const SESSION = 7n;

describe("a resume token", () => {
  const totals: Totals = {
    ...NO_TOTALS,
    filtered: 4,
    matched: 5,
    cutJourneys: 6,
    lost: { ...NO_TOTALS.lost, ring: { events: 8, ...LOST_AT } },
  };
  const mark = { position: 2 ** 40, events: 3, totals };

  it("says where, and what had happened until there", () => {
    const read = readToken(writeToken(SESSION, mark), SESSION);
    assert.deepEqual([read?.position, read?.events], [mark.position, 3]);
    const { filtered, matched, cutJourneys, lost } = read?.totals ?? NO_TOTALS;
    assert.deepEqual([filtered, matched, cutJourneys, lost.ring.events, lost.probe.events], [4, 5, 6, 8, 0]);
  });

  it("of another session is none", () => assert.equal(readToken(writeToken(8n, mark), SESSION), undefined));

  it("that is broken in any way is none, and nothing is thrown", () => {
    const token = writeToken(SESSION, mark);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        assert.equal(readToken(bytes, SESSION), undefined);
      }),
    );
    for (let length = 0; length < token.length; length++) {
      assert.equal(readToken(token.subarray(0, length), SESSION), undefined);
    }
    assert.equal(readToken(Buffer.concat([token, Buffer.alloc(1)]), SESSION), undefined);
  });
});
