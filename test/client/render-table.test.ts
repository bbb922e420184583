import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { chooseStyle } from "../../src/cli/style.js";
import { layOut } from "../../src/client/columns.js";
import { customReader } from "../../src/client/custom-values.js";
import { renderJourney } from "../../src/client/render-table.js";
import { noNames, type TraceNames } from "../../src/client/trace-names.js";
import { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import {
  echoReply,
  echoReplyText,
  echoRequest,
  echoRequestText,
  flow,
  gsoSchema,
  journey,
  segmented,
  segmentedText,
} from "./fixtures.js";

const out = new PassThrough();
const terminal = Object.assign(new PassThrough(), { isTTY: true });
const plain = chooseStyle({ out, env: {} }, false);
const bare = noNames();
const withGso: TraceNames = { ...bare, custom: customReader([gsoSchema]) };

describe("a journey as the original printed it", () => {
  const cases = [
    { name: "T01: ICMP on its way out", journey: echoRequest, names: bare, text: echoRequestText },
    { name: "T02: ICMP coming in", journey: echoReply, names: bare, text: echoReplyText },
    { name: "T05: GSO with custom data", journey: segmented, names: withGso, text: segmentedText },
    {
      name: "T70: a short stamp is as wide as its header and two",
      journey: journey(flow(1, "10.0.0.1", "10.0.0.2"), [[5n, "ip_rcv"]]),
      names: bare,
      text: "ICMP\t10.0.0.1\t->\t10.0.0.2\n  Time Stamp  Function\n           5  ip_rcv\n\n",
    },
    {
      name: "T70: stamps of 19 and 20 digits are aligned right",
      journey: journey(flow(1, "10.0.0.1", "10.0.0.2"), [
        [9999999999999999999n, "ip_rcv"],
        [10000000000000000000n, "kfree_skb"],
      ]),
      names: bare,
      text:
        "ICMP\t10.0.0.1\t->\t10.0.0.2\n" +
        "          Time Stamp  Function\n 9999999999999999999  ip_rcv\n10000000000000000000  kfree_skb\n\n",
    },
    {
      name: "T08: without a module there is no third column",
      journey: segmented,
      names: bare,
      text: `${segmentedText.replaceAll(/ +\(len.*\)$/gm, "").replace(/ +Custom Data$/m, "")}`,
    },
    {
      name: "T72: IPv6 with ports has no brackets",
      journey: journey(flow(6, "fc00::1 80", "fc00::2 40000"), [[5n, "x"]]),
      names: bare,
      text: "TCP\tfc00::1:80\t->\tfc00::2:40000\n  Time Stamp  Function\n           5  x\n\n",
    },
    {
      name: "T73: both ports of UDP",
      journey: journey(flow(17, "10.0.0.1 53", "10.0.0.2 5353"), [[5n, "x"]]),
      names: bare,
      text: "UDP\t10.0.0.1:53\t->\t10.0.0.2:5353\n  Time Stamp  Function\n           5  x\n\n",
    },
    {
      name: "T73: port 0 is hidden, alone",
      journey: journey(flow(17, "10.0.0.1 0", "10.0.0.2 5353"), [[5n, "x"]]),
      names: bare,
      text: "UDP\t10.0.0.1\t->\t10.0.0.2:5353\n  Time Stamp  Function\n           5  x\n\n",
    },
    {
      name: "ARP, which has no IP addresses to show",
      journey: journey(Flow.fromPartial({ l3Protocol: 0x0806 }), [[5n, "x"]]),
      names: bare,
      text: "ARP\t-\t->\t-\n  Time Stamp  Function\n           5  x\n\n",
    },
    {
      name: "an EtherType without a name",
      journey: journey(Flow.fromPartial({ l3Protocol: 0x0bad }), [[5n, "x"]]),
      names: bare,
      text: "EtherType(0x0bad)\t-\t->\t-\n  Time Stamp  Function\n           5  x\n\n",
    },
    {
      name: "T39: a protocol without a name",
      journey: journey(flow(253, "10.0.0.1", "10.0.0.2"), [[5n, "x"]]),
      names: bare,
      text: "Unknown(253)\t10.0.0.1\t->\t10.0.0.2\n  Time Stamp  Function\n           5  x\n\n",
    },
    {
      name: "a flow that is not known",
      journey: journey(undefined, [[5n, "x"]]),
      names: bare,
      text: "?\t?\t->\t?\n  Time Stamp  Function\n           5  x\n\n",
    },
    {
      name: "a hop without custom data has no trailing blanks",
      journey: journey(flow(1, "10.0.0.1", "10.0.0.2"), [[5n, "x"]]),
      names: withGso,
      text: "ICMP\t10.0.0.1\t->\t10.0.0.2\n  Time Stamp  Function    Custom Data\n           5  x\n\n",
    },
  ];
  for (const { name, journey: one, names, text } of cases) {
    test(name, () => assert.equal(renderJourney(one, names, plain), text));
  }
});

test("T71: cells that look like numbers stay as they are, and names like numbers stay left", () => {
  const lines = layOut(
    [
      { header: "Time Stamp", align: "right" },
      { header: "Function", align: "left" },
      { header: "Custom Data", align: "left" },
    ],
    [
      ["5", "inf", "1e5"],
      ["6", "nan", "12"],
    ],
  );
  assert.deepEqual(lines, [
    "  Time Stamp  Function    Custom Data",
    "           5  inf         1e5",
    "           6  nan         12",
  ]);
});

test("function ids are looked up, and an unknown one is a question mark", () => {
  const one = journey(flow(1, "10.0.0.1", "10.0.0.2"), [
    [5n, ""],
    [6n, ""],
  ]);
  const hops = one.hops.map((hop, index) => ({ ...hop, functionId: index + 1 }));
  const names = { ...bare, functions: new Map([[1, "ip_rcv"]]) };
  const lines = renderJourney({ ...one, hops }, names, plain).split("\n");
  assert.deepEqual(lines.slice(2, 4), ["           5  ip_rcv", "           6  ?"]);
});

test("call stacks stand below their hop, and below the line that tells the drop", () => {
  const one = journey(flow(1, "10.0.0.1", "10.0.0.2"), [
    [5n, "ip_rcv"],
    [6n, "ip_local_deliver"],
  ]);
  const [first, second] = one.hops;
  const dropReason = { code: 3, name: "NO_SOCKET", subsystem: "core", location: "icmp_rcv+0x2a" };
  const dropped = { ...one, hops: [first, { ...second, stackId: 7 }], dropReason, endStackId: 8 } as typeof one;
  const stacks = new Map([
    [7, ["ip_local_deliver+0x5", "ip_rcv+0x1"]],
    [8, ["kfree_skb_reason+0x5"]],
  ]);
  assert.deepEqual(
    renderJourney(dropped, { ...bare, stacks }, plain)
      .split("\n")
      .slice(2),
    [
      "           5  ip_rcv",
      "           6  ip_local_deliver",
      "    ip_local_deliver+0x5",
      "    ip_rcv+0x1",
      "dropped: NO_SOCKET at icmp_rcv+0x2a",
      "    kfree_skb_reason+0x5",
      "",
      "",
    ],
  );
});

describe("colours", () => {
  const cases = [
    { name: "not into a pipe", io: { out, env: {} }, noColor: false, bold: false },
    { name: "on a terminal", io: { out: terminal, env: {} }, noColor: false, bold: true },
    { name: "NO_COLOR", io: { out: terminal, env: { NO_COLOR: "1" } }, noColor: false, bold: false },
    {
      name: "an empty NO_COLOR says nothing",
      io: { out: terminal, env: { NO_COLOR: "" } },
      noColor: false,
      bold: true,
    },
    { name: "--no-color", io: { out: terminal, env: {} }, noColor: true, bold: false },
    { name: "a dumb terminal", io: { out: terminal, env: { TERM: "dumb" } }, noColor: false, bold: false },
  ];
  for (const { name, io, noColor, bold } of cases) {
    test(name, () => {
      const text = renderJourney(echoRequest, bare, chooseStyle(io, noColor));
      assert.equal(text.startsWith("\x1b[1mICMP\t10.0.1.10\t->\t10.0.1.11\x1b[0m\n"), bold);
      assert.equal(text.replace("\x1b[1m", "").replace("\x1b[0m", ""), echoRequestText);
    });
  }
});
