/** What the contract says of methods and messages, read when the program runs. */
import { createFileRegistry, type DescMethod, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { readContract } from "../release/contract.js";

/** Reads it; some 50 ms. */
export function contractRegistry(): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readContract()));
}

/** The method at `/package.Service/Method`. Throws for one that the contract has not: that is a defect. */
export function methodAt(registry: FileRegistry, path: string): DescMethod {
  const [, service = "", name] = path.split("/");
  const found = registry.getService(service)?.methods.find((method) => method.name === name);
  if (found === undefined) throw new Error(`the contract has no ${path}`);
  return found;
}
