import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { commandNames } from "../../src/cli/commands.js";
import { renderHelp } from "../../src/cli/help.js";
import { longName, optionKeys } from "../../src/cli/options.js";

test("T07: the help begins as the original's", () => {
  const original = `Usage: ipftrace [OPTIONS] MANIFEST_FILE

  Track the journey of the packets in Linux L3 layer

Options:
  -iv, --ipversion [any|4|6]  Specify IP version
  -l4, --l4proto TEXT         Specify L4 protocol
  -s4, --saddr4 TEXT          Specify IPv4 source address
  -d4, --daddr4 TEXT          Specify IPv4 destination address
  -s6, --saddr6 TEXT          Specify IPv6 source address
  -d6, --daddr6 TEXT          Specify IPv6 destination address
  -sp, --sport TEXT           Specify source port number
  -dp, --dport TEXT           Specify destination port number
  -m, --module TEXT           Specify custom match module name
  -l, --list                  List available groups and functions
  --help                      Show this message and exit.
`;
  const help = renderHelp("trace", true);
  assert.equal(help.slice(0, original.length), original);
  assert.match(help.slice(original.length), /^\nMore options:\n {2}--filter EXPR {15}Trace packets/);
});

test("a term that is too long has its text on the next line", () => {
  const lines = renderHelp("trace", true).split("\n");
  const index = lines.indexOf("  --backend [auto|kprobe-multi|kprobe|tracepoint]");
  assert.match(lines[index + 1] ?? "", /^ {30}How to attach/);
});

describe("every subcommand's help", () => {
  for (const command of commandNames) {
    test(command, () => {
      const help = renderHelp(command, false);
      assert.equal(help.startsWith(`Usage: ipftrace ${command} [OPTIONS]`), true);
      for (const key of optionKeys(command)) assert.ok(help.includes(longName(key)), key);
      for (const line of help.split("\n")) assert.ok(line.length <= 78 && !line.endsWith(" "), line);
      assert.ok(help.endsWith("\n") && !help.endsWith("\n\n"));
    });
  }
});

test("the program's own help names every subcommand", () => {
  const help = renderHelp("trace", true);
  for (const command of commandNames) assert.match(help, new RegExp(`^ {2}${command} +\\S`, "m"));
});
