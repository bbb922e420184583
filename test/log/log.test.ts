import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type LogFormat, type Logger, type LogLevel, makeLogger } from "../../src/log.js";

/** What a logger writes while `use` uses it. */
function logged(level: LogLevel, format: LogFormat, use: (log: Logger) => void): string {
  let text = "";
  use(
    makeLogger(level, format, {
      write: (line) => {
        text += line;
      },
    }),
  );
  return text;
}

/** A time does not matter, that there is one does. */
function timeless(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "DATE").replace(/^\d\d:\d\d:\d\d\.\d{3}/gm, "TIME");
}

describe("makeLogger()", () => {
  test("writes one JSON object a line, with the name of the level and a time that people can read", () => {
    const text = logged("info", "json", (log) => log.child({ requestId: "r1" }).warn({ code: 3 }, "refused"));
    assert.deepEqual(JSON.parse(timeless(text)), {
      level: "warn",
      time: "DATE",
      requestId: "r1",
      code: 3,
      msg: "refused",
    });
    assert.match(text, /^[^\n]+\n$/);
  });

  test("leaves out what is less severe", () => {
    const use = (log: Logger): void => {
      log.info("less");
      log.warn("more");
    };
    assert.match(logged("warn", "json", use), /^[^\n]*more[^\n]*\n$/);
    assert.equal(logged("silent", "json", use), "");
  });

  const cases: [string, (log: Logger) => void, string][] = [
    ["a message", (log) => log.info("serving"), "TIME INFO serving\n"],
    ["values", (log) => log.info({ port: 1, on: ["a", "b"] }, "x"), 'TIME INFO x port=1 on="[\\"a\\",\\"b\\"]"\n'],
    ["a text with blanks", (log) => log.debug({ why: "a b" }, "x"), 'TIME DEBUG x why="a b"\n'],
    ["an address", (log) => log.info({ at: "[::1]:50051" }, "x"), "TIME INFO x at=[::1]:50051\n"],
    ["nothing but values", (log) => log.info({ a: true }), "TIME INFO a=true\n"],
    [
      "an end of line and an escape",
      (log) => log.info({ id: "a\n\u001b[2J" }, "b\nc"),
      'TIME INFO b\\u000ac id="a\\n\\u001b[2J"\n',
    ],
  ];
  for (const [name, use, expected] of cases) {
    test(`as text: ${name}`, () => assert.equal(timeless(logged("trace", "text", use)), expected));
  }

  test("as text: an error, with its stack below", () => {
    const text = logged("info", "text", (log) => log.error({ err: new Error("broken") }, "call failed"));
    assert.match(timeless(text), /^TIME ERROR call failed\n {2}Error: broken\n {2}at .*\n/);
  });
});
