/** The manual pages ipftrace(1) and ipftraced(8), from the tables. */

import { type CommandName, commandNames, commandSpec } from "../commands.js";
import { wrap } from "../help.js";
import { type OptionKey, optionKeys, optionSpec } from "../options.js";
import { bold, entry, escaped, example, paragraphs, placeholder, section, subsection, title } from "./roff.js";

/** The page in man(7), for `man -l -`. */
export function renderManual(page: "ipftrace" | "ipftraced", version: string): string {
  const lines = page === "ipftrace" ? clientPage(`ipftrace ${version}`) : serverPage(`ipftrace ${version}`);
  const wrapped = lines.flatMap((line) => (line.startsWith(".") ? [line] : wrap(line, WIDTH).map(guarded)));
  return `${wrapped.join("\n")}\n`;
}

/** Longer lines of the source are bad style to mandoc. */
const WIDTH = 78;

/** A word that begins a line is no request. */
function guarded(line: string): string {
  return line.startsWith(".") ? `\\&${line}` : line;
}

function clientPage(source: string): string[] {
  return [
    title("ipftrace", 1, source),
    ...section("NAME", "ipftrace \\- tells which kernel functions each packet went through, and why it was dropped"),
    ...section("SYNOPSIS", synopsis("trace", false), ...others.flatMap((name) => [".br", synopsis(name, true)])),
    ...section(
      "DESCRIPTION",
      ...paragraphs(
        "ipftrace attaches eBPF programs to kernel functions that handle packets, follows every packet that matches the filter, and prints its journey when it ends: the functions in the order of time, and why it was dropped if it was.",
        "A MANIFEST_FILE says which functions. It is a path, or the name of a manifest that comes with ipftrace.",
        "Without --server the trace runs in this process, which needs root, or CAP_BPF and CAP_PERFMON. With it a server, ipftraced(8), traces on its own node, and this process needs no privilege.",
      ),
    ),
    ...section("OPTIONS", ...optionKeys("trace").flatMap(optionEntry), ...words),
    ...section("COMMANDS", ...others.flatMap(commandSection)),
    ...section("EXIT STATUS", ...exitStatus),
    ...section("ENVIRONMENT", ...entry(bold("NO_COLOR"), "When it is not empty, nothing is printed in colours.")),
    ...section(
      "EXAMPLES",
      ...example("Packets of a ping, on this machine:", "ipftrace -l4 ICMP generic"),
      ...example("Why the kernel drops packets:", "ipftrace --dropped -o jsonl drops"),
      ...example(
        "HTTP, by a pcap expression, on another machine:",
        "ipftrace --server unix:/run/ipftrace/ipftraced.sock generic -- tcp port 80",
      ),
      ...example("What this machine can do, and what to do where it cannot:", "ipftrace doctor"),
    ),
    ...section("SEE ALSO", "ipftraced(8), pcap\\-filter(7), bpf(2)"),
  ];
}

function serverPage(source: string): string[] {
  return [
    title("ipftraced", 8, source),
    ...section("NAME", "ipftraced \\- the server that ipftrace traces through"),
    ...section("SYNOPSIS", `${bold("ipftraced")} [${placeholder("OPTIONS")}]`, ".br", synopsis("serve", true)),
    ...section(
      "DESCRIPTION",
      ...paragraphs(
        "ipftraced waits for clients, attaches eBPF programs to this node's kernel for as long as they trace, and streams them the journeys of packets over gRPC. It is the same program as ipftrace serve.",
        "It needs root, or the capabilities that its systemd unit gives it. Nothing that it attaches outlives it, however it ends.",
      ),
    ),
    ...section("OPTIONS", ...optionKeys("serve").flatMap(optionEntry)),
    ...section(
      "SIGNALS",
      ...entry(
        "SIGTERM, SIGINT",
        escaped(
          "Ends in good order: health says NOT_SERVING, clients get what is still open, and the exit status is 0. A second one ends at once.",
        ),
      ),
    ),
    ...section(
      "FILES",
      ...entry(
        escaped("/run/ipftrace/ipftraced.sock"),
        "The socket of clients. Whoever may open it may trace every packet of the node.",
      ),
      ...entry(
        escaped("/etc/ipftrace/ipftraced.yaml"),
        "The configuration, where ipftrace was installed as a package.",
      ),
    ),
    ...section("EXIT STATUS", ...exitStatus),
    ...section("SEE ALSO", "ipftrace(1), systemd(1)"),
  ];
}

const others = commandNames.filter((name) => name !== "trace");

const words = entry("\\-\\-", "The words that follow are a pcap expression: see pcap\\-filter(7).");

const exitStatus = [
  ...entry("0", "What was asked for is done."),
  ...entry("1", "It is not: the reason is on standard error. For doctor: nothing can be traced."),
  ...entry("2", "The command line is wrong."),
];

function synopsis(name: CommandName, withCommand: boolean): string {
  const { operand, second } = commandSpec(name);
  const operands = [operand, second].filter((one) => one !== undefined);
  const places = operands.map((one) => (one.required ? placeholder(one.name) : `[${placeholder(one.name)}]`));
  const program = withCommand ? `${bold("ipftrace")} ${bold(name)}` : bold("ipftrace");
  return [program, `[${placeholder("OPTIONS")}]`, ...places].join(" ");
}

function commandSection(name: CommandName): string[] {
  const { summary, operand, second } = commandSpec(name);
  const operands = [operand, second].filter((one) => one !== undefined);
  const keys = optionKeys(name).filter((key) => key !== "help" && key !== "version");
  const shared = keys.filter(isOfTrace).map((key) => bold(optionSpec(key).names.at(-1) ?? ""));
  const also = shared.length === 0 ? [] : [".PP", `Options as above: ${shared.join(", ")}.`];
  return [
    ...subsection(name, `${escaped(summary)}.`),
    ...operands.flatMap((one) => entry(placeholder(one.name), escaped(one.meaning))),
    ...keys.filter((key) => !isOfTrace(key)).flatMap(optionEntry),
    ...also,
  ];
}

function isOfTrace(key: OptionKey): boolean {
  return optionSpec(key).commands.includes("trace");
}

function optionEntry(key: OptionKey): string[] {
  const spec = optionSpec(key);
  const names = spec.names.map(bold).join(", ");
  return entry(spec.kind === "flag" ? names : `${names} ${placeholder(spec.metavar)}`, escaped(spec.help));
}
