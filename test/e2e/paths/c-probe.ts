/**
 * Reads paths by another road than ours: a C program compiled with the kernel's types (CO-RE),
 * loaded by libbpf's own loader.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KERNEL_BTF } from "../../helpers/require-kernel.js";
import type { Path } from "./random-paths.js";

/** Paths of one program: the verifier and the compiler take long for more. */
const PATHS_PER_PROGRAM = 25;

const HEAD = `#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
struct result { __u64 present; __u64 value; };
struct result results[COUNT];
/* Behind the results: whether a program has seen its packet; the answer to a ping is as long as the ping. */
char LICENSE[] SEC("license") = "GPL";
`;

const LOADER = `#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	struct bpf_object *object = bpf_object__open(argv[1]);
	struct bpf_program *program;
	struct bpf_map *map;
	unsigned long long *result;
	size_t size, i;
	int zero = 0;

	if (argc != 2 || !object || bpf_object__load(object))
		return 1;
	bpf_object__for_each_program(program, object)
		if (!bpf_program__attach(program))
			return 2;
	puts("ready");
	fflush(stdout);
	getchar();
	map = bpf_object__find_map_by_name(object, ".bss");
	size = bpf_map__value_size(map);
	result = malloc(size);
	if (bpf_map_lookup_elem(bpf_map__fd(map), &zero, result))
		return 3;
	for (i = 0; i < size / 16; i++)
		printf("%llu %llu\\n", result[2 * i], result[2 * i + 1]);
	return 0;
}
`;

function readPath({ parts, isBitField }: Path, index: number): string {
  const last = parts.at(-1) ?? "";
  const pointers = parts.slice(0, -1).map((part, n) => {
    const from = `p${n}`;
    return `typeof(${from}->${part}) p${n + 1} = 0; if (bpf_core_read(&p${n + 1}, sizeof(p${n + 1}), &${from}->${part}) || !p${n + 1}) break;`;
  });
  const at = `p${parts.length - 1}`;
  const end = isBitField
    ? `results[${index}].value = BPF_CORE_READ_BITFIELD_PROBED(${at}, ${last}) + 0;`
    : `typeof(${at}->${last}) value = 0; if (bpf_core_read(&value, sizeof(value), &${at}->${last})) break; results[${index}].value = value + 0;`;
  return `do { struct sk_buff *p0 = skb; ${pointers.join(" ")} ${end} results[${index}].present = 1; } while (0);`;
}

function program(paths: readonly Path[], first: number, length: number, done: number): string {
  const reads = paths.map((path, n) => `\t${readPath(path, first + n)}`).join("\n");
  return `SEC("raw_tp/net_dev_queue")
int probe_${first}(struct bpf_raw_tracepoint_args *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx->args[0];
	if (BPF_CORE_READ(skb, len) != ${length} || results[${done}].present) return 0;
	results[${done}].present = 1;
${reads}
	return 0;
}
`;
}

/** What a path read; undefined: it could not be read. As 64 bits without a sign. */
export type Truth = bigint | undefined;

/** The probe, attached; `finish` gives what it read from the last packet of that length. */
export async function startProbe(
  paths: readonly Path[],
  length: number,
  folder: string,
): Promise<{ finish(): Promise<Truth[]> }> {
  const types = execFileSync("bpftool", ["btf", "dump", "file", KERNEL_BTF, "format", "c"], { maxBuffer: 1 << 28 });
  writeFileSync(join(folder, "vmlinux.h"), types);
  const programs = paths.flatMap((_, n) =>
    n % PATHS_PER_PROGRAM === 0 ? [program(paths.slice(n, n + PATHS_PER_PROGRAM), n, length, paths.length + n)] : [],
  );
  writeFileSync(join(folder, "probe.bpf.c"), HEAD.replace("COUNT", String(paths.length * 2)) + programs.join("\n"));
  writeFileSync(join(folder, "loader.c"), LOADER);
  execFileSync(
    "clang",
    ["-g", "-O2", "-target", "bpf", "-mcpu=v3", "-I", folder, "-c", "probe.bpf.c", "-o", "probe.o"],
    {
      cwd: folder,
    },
  );
  execFileSync("clang", ["-O1", "loader.c", "-lbpf", "-o", "loader"], { cwd: folder });
  const loader = spawn(join(folder, "loader"), [join(folder, "probe.o")], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  loader.stdout.on("data", (chunk) => (output += String(chunk)));
  await Promise.race([once(loader.stdout, "data"), once(loader, "exit")]);
  if (!output.startsWith("ready")) throw new Error("the C probe could not be loaded");
  return {
    finish: async () => {
      loader.stdin.end("\n");
      await once(loader, "close");
      const lines = output
        .trimEnd()
        .split("\n")
        .slice(1, 1 + paths.length);
      return lines.map((line) => {
        const [present, value = "0"] = line.split(" ");
        return present === "1" ? BigInt(value) : undefined;
      });
    },
  };
}
