import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { environmentName, rowsOf } from "../../src/config/names.js";
import { printConfig } from "../../src/config/print.js";
import { type Effective, resolveConfig } from "../../src/config/resolve.js";
import { configTable } from "../../src/config/table.js";
import { IpftraceError } from "../../src/errors.js";

interface Given {
  readonly flags?: Record<string, string[]>;
  readonly environment?: Record<string, string>;
  readonly file?: string;
}

function resolve({ flags = {}, environment = {}, file }: Given): Effective {
  const text = file === undefined ? {} : { file: { path: "f.yaml", text: file } };
  return resolveConfig({ flags: new Map(Object.entries(flags)), environment, ...text });
}

function faultsOf(given: Given): string[] {
  try {
    resolve(given);
  } catch (reason) {
    assert.ok(reason instanceof IpftraceError);
    assert.equal(reason.code, "INVALID_INPUT");
    return reason.message.split("\n");
  }
  return [];
}

/** A file without anything set, in which every section is there. */
const bare = "listen: []\nsecurity:\nlimits: {}\nlog:\n";

describe("where values come from", () => {
  const flags = { "--log-level": ["warn"] };
  const environment = { IPFTRACE_LOG_LEVEL: "error" };
  const file = "log:\n  level: debug\n";
  const cases: [string, Given, string, string][] = [
    ["nothing given", {}, "info", "default"],
    ["an empty file", { file: "" }, "info", "default"],
    ["a file with empty sections", { file: bare }, "info", "default"],
    ["the file", { file }, "debug", "f.yaml:2:10"],
    ["the environment before the file", { file, environment }, "error", "IPFTRACE_LOG_LEVEL"],
    ["the flag before all", { file, environment, flags }, "warn", "--log-level"],
    ["the last of a flag given twice", { flags: { "--log-level": ["warn", "trace"] } }, "trace", "--log-level"],
  ];
  for (const [name, given, value, origin] of cases) {
    test(name, () => {
      const { config, values } = resolve(given);
      assert.equal(config.log.level, value);
      assert.equal(values.get("log.level")?.origin, origin);
    });
  }

  test("a list comes from one place as a whole", () => {
    const listen = (given: Given): string[] => resolve(given).config.listen.map(({ address }) => address);
    const file = "listen:\n  - unix:/a\n  - address: unix:/b\n";
    const environment = { IPFTRACE_LISTEN: "unix:/c, unix:/d" };
    assert.deepEqual(listen({}), ["unix:/run/ipftrace/ipftraced.sock", "unix:/run/ipftrace/operator.sock@operator"]);
    assert.deepEqual(listen({ file }), ["unix:/a", "unix:/b"]);
    assert.deepEqual(listen({ file, environment }), ["unix:/c", "unix:/d"]);
    assert.deepEqual(listen({ file, environment, flags: { "--listen": ["unix:/e"] } }), ["unix:/e"]);
  });
});

describe("what is refused, and where", () => {
  const cases: [string, Given, RegExp[]][] = [
    ["no YAML", { file: "log: [" }, [/^f\.yaml:1:7: is not YAML/]],
    [
      "no mapping",
      { file: "- a" },
      [/^f\.yaml:1:1: the configuration is a list: give a mapping with the keys listen,/],
    ],
    ["a key with a slip", { file: "log:\n  levle: info" }, [/^f\.yaml:2:3: .*"levle".*did you mean "level"/]],
    ["a key of another section", { file: "level: info" }, [/^f\.yaml:1:1: the key "level" is not known/]],
    ["a key given twice", { file: "log:\n  level: info\n  level: warn" }, [/^f\.yaml:3:3: .*given twice/]],
    ["a section that is a value", { file: "log: info" }, [/^f\.yaml:1:6: log is the text "info": give a mapping with/]],
    [
      "a value that is a section",
      { file: "log:\n  level: {}" },
      [/^f\.yaml:2:10: log\.level is a mapping: give trace,/],
    ],
    ["a value that is left out", { file: "log:\n  level:" }, [/^f\.yaml:2:9: log\.level is empty: give trace,/]],
    ["another word", { file: "log:\n  level: loud" }, [/^f\.yaml:2:10: log\.level: "loud" is not one of trace, debug/]],
    ["a number out of range", { file: "limits:\n  maxTraces: 0" }, [/"0" is not a whole number from 1 to 1024/]],
    ["half of one", { file: "limits:\n  maxTraces: 1.5" }, [/"1\.5" is not a whole number/]],
    ["a yes", { file: "reflection: yes" }, [/^f\.yaml:1:13: reflection: "yes" is not true or false/]],
    [
      "a list that is a text",
      { file: "listen: unix:/a" },
      [/^f\.yaml:1:9: listen is the text "unix:\/a": give a list/],
    ],
    ["an entry without its address", { file: "listen:\n  - {}" }, [/^f\.yaml:2:5: listen\[0\] has no address: give/]],
    [
      "an entry that is no address",
      { file: "listen:\n  - nowhere" },
      [/^f\.yaml:2:5: listen\[0\]: "nowhere" is not an address/],
    ],
    ["a path that depends", { file: "modules:\n  folder: here" }, [/"here" is not an absolute path/]],
    ["the environment", { environment: { IPFTRACE_LOG_LEVEL: "" } }, [/^IPFTRACE_LOG_LEVEL: "" is not one of/]],
    ["a flag", { flags: { "--log-level": ["loud"] } }, [/^--log-level: "loud" is not one of/]],
    [
      "all of it at once",
      { file: "a: 1\nlog:\n  level: b", environment: { IPFTRACE_REFLECTION: "2" } },
      [/^f\.yaml:1:1: /, /^f\.yaml:3:10: /, /^IPFTRACE_REFLECTION: /],
    ],
  ];
  for (const [name, given, expected] of cases) {
    test(name, () => {
      const faults = faultsOf(given);
      assert.equal(faults.length, expected.length, faults.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(faults[index] ?? "", pattern);
    });
  }

  test("a variable that is spelt wrong is a warning", () => {
    const { warnings } = resolve({ environment: { IPFTRACE_LOG_LEVLE: "debug", IPFTRACE_REQUIRE_KERNEL: "1" } });
    assert.deepEqual(warnings, [
      "the environment variable IPFTRACE_LOG_LEVLE is not known: did you mean IPFTRACE_LOG_LEVEL?",
    ]);
  });

  test("whatever the text, it is a configuration or an IpftraceError", () => {
    const pieces = fc.constantFrom(
      "log:",
      "level:",
      " ",
      "\n",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "&a",
      "*a",
      "listen:",
      "unix:/x",
      "1",
      "null",
      "'",
      "#",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (text) => {
        faultsOf({ file: text.join("") });
      }),
    );
  });
});

describe("the table", () => {
  const rows = rowsOf(configTable);

  test("gives each key an environment variable of its own", () => {
    assert.equal(new Set(rows.map(({ path }) => environmentName(path))).size, rows.length);
  });

  test("has defaults that may be given", () => {
    for (const { path, entry } of rows) {
      if (entry.is !== "key" || entry.default === undefined) continue;
      assert.deepEqual(entry.read(String(entry.default)), { value: entry.default }, path);
    }
  });
});

describe("printConfig()", () => {
  const given: Given[] = [
    {},
    { file: "log: { level: warn }\nmodules: { folder: '/a # b' }\nlisten: [unix:/a, { address: '[::1]:1' }]" },
    {
      file: "listen: []",
      environment: { IPFTRACE_METRICS_LISTEN: "127.0.0.1:9090" },
      flags: { "--insecure": ["true"] },
    },
  ];
  for (const [index, one] of given.entries()) {
    test(`prints a file that gives the same: ${index}`, () => {
      const effective = resolve(one);
      assert.deepEqual(resolve({ file: printConfig(effective) }).config, effective.config);
    });
  }

  test("tells where each value comes from", () => {
    const text = printConfig(resolve({ file: "\nreflection: true", flags: { "--log-level": ["warn"] } }));
    assert.match(text, /^ {2}level: warn # --log-level$/m);
    assert.match(text, /^reflection: true # f\.yaml:2:13$/m);
    assert.match(text, /^channelz: false # default$/m);
  });
});
