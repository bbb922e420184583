/** The subcommands, as data: dispatch, help, completion and the manual read this table. */

/** One argument of a subcommand. */
export interface OperandSpec {
  /** As shown in the usage line. */
  readonly name: string;
  readonly required: boolean;
  /** What it means, for help and errors. */
  readonly meaning: string;
  /** The only words accepted; absent: any text. */
  readonly words?: readonly string[];
  /** Whether names of shipped manifests and of files may stand here. */
  readonly manifest?: boolean;
  /** Whether names of files may stand here. */
  readonly file?: boolean;
}

/** One subcommand. */
export interface CommandSpec {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Its argument; absent when it takes none. */
  readonly operand?: OperandSpec;
  /** One more. */
  readonly second?: OperandSpec;
  /** Whether words after `--` are a pcap expression. */
  readonly expression?: true;
}

const manifest = { manifest: true, meaning: "a path, or the name of a shipped manifest such as generic" } as const;

/** Every subcommand by name; `trace` is what runs when the first argument names none. */
const commandTable = {
  trace: {
    // The original's own sentence: its users' help text does not change.
    summary: "Track the journey of the packets in Linux L3 layer",
    operand: { name: "MANIFEST_FILE", required: true, ...manifest },
    expression: true,
  },
  explain: {
    summary: "Tell what a trace would do, without starting it",
    operand: { name: "MANIFEST_FILE", required: true, ...manifest },
    expression: true,
  },
  list: {
    summary: "List functions, and whether this kernel can trace them",
    operand: { name: "MANIFEST_FILE", required: false, ...manifest },
  },
  module: {
    summary: "Write a module of your own in C, or check one that is written",
    operand: {
      name: "ACTION",
      required: true,
      meaning:
        "what to do: new writes NAME.bpf.c, which compiles as it is; check compiles FILE where it is a source, loads it without attaching, and prints its fields, or why the kernel refuses it",
      words: ["new", "check"],
    },
    second: {
      name: "NAME_OR_FILE",
      required: true,
      meaning: "the name of a new module, or a module's file: .bpf.c, .bpf.o or YAML",
      file: true,
    },
  },
  session: {
    summary: "Manage sessions, traces that outlive their clients",
    operand: {
      name: "ACTION",
      required: true,
      meaning:
        "what to do: list them all; show or delete the one of NAME; flush waits until every journey that it has begun is in its history",
      words: ["list", "show", "delete", "flush"],
    },
    second: { name: "NAME", required: false, meaning: "the name of a session" },
  },
  serve: { summary: "Run the server that others trace through" },
  demo: { summary: "Show a trace of packets that the demo sends itself" },
  doctor: { summary: "Tell what this machine, or a server, can and cannot do" },
  completion: {
    summary: "Print a completion script for a shell",
    operand: { name: "SHELL", required: true, meaning: "which shell", words: ["bash", "zsh", "fish"] },
  },
  man: {
    summary: "Print the manual page, for man -l -",
    operand: { name: "PAGE", required: false, meaning: "which page", words: ["ipftrace", "ipftraced"] },
  },
} as const satisfies Record<string, CommandSpec>;

/** The name of a subcommand. */
export type CommandName = keyof typeof commandTable;

/** Every subcommand's name, in the order of help. */
export const commandNames = Object.keys(commandTable) as CommandName[];

/** One row of the table, with every property that a row may have. */
export function commandSpec(name: CommandName): CommandSpec {
  return commandTable[name];
}
