/** All methods that the contract has, found in its descriptors and in the generated code: none is listed by hand. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createFileRegistry, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

const ROOT = new URL("../../../", import.meta.url);
const GENERATED = new URL("src/gen/ipftrace/v1/", ROOT);

/** A method that can be called with any bytes. */
export interface Method {
  /** As in HTTP/2: "/ipftrace.v1.TraceService/Trace". */
  readonly path: string;
  readonly input: DescMessage;
  readonly isStream: boolean;
  /** What the server does with the bytes first. @throws when they are no such message */
  readonly decode: (bytes: Buffer) => unknown;
  readonly decodeResponse: (bytes: Buffer) => unknown;
}

/** Every method of every service of src/gen. */
export async function allMethods(): Promise<Method[]> {
  const inputs = inputsByPath();
  const definitions = await generatedMethods();
  return definitions.map((definition) => {
    const input = inputs.get(definition.path);
    if (input === undefined) throw new Error(`src/gen has ${definition.path}, and proto/ has not`);
    return {
      path: definition.path,
      input,
      isStream: definition.responseStream,
      decode: definition.requestDeserialize,
      decodeResponse: definition.responseDeserialize,
    };
  });
}

function inputsByPath(): Map<string, DescMessage> {
  const args = ["buf", "build", "--as-file-descriptor-set", "-o", "-"];
  const image = execFileSync("npx", args, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] });
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  const services = [...registry].filter((one) => one.kind === "service");
  return new Map(
    services.flatMap((service) => service.methods.map((one) => [`/${service.typeName}/${one.name}`, one.input])),
  );
}

async function generatedMethods(): Promise<MethodDefinition<unknown, unknown>[]> {
  const files = readdirSync(GENERATED).filter((name) => name.endsWith(".ts"));
  const modules: Record<string, unknown>[] = await Promise.all(
    files.map((name) => import(new URL(name, GENERATED).href)),
  );
  const exported = modules.flatMap((module) => Object.entries(module));
  const services = exported.filter(([name, value]) => name.endsWith("Service") && typeof value === "object");
  return services.flatMap(([, service]) => Object.values(service as ServiceDefinition));
}
