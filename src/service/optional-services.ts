/** Services that tell of the server itself: added where the configuration asks for them, and to admins only. */
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { addAdminServicesToServer, type Server } from "@grpc/grpc-js";
import { readContract } from "../release/contract.js";

/** Which of them. */
export interface OptionalServices {
  /** grpc.reflection: the contract, for tools that have no protos. */
  readonly reflection?: boolean | undefined;
  /** grpc.channelz: the state of connections and what they carried. */
  readonly channelz?: boolean | undefined;
}

/** Wire key of FileDescriptorSet.file (1, bytes). */
const FILE = 0x0a;

/** Adds those that are asked for. */
export async function addOptionalServices(
  server: Server,
  { reflection = false, channelz = false }: OptionalServices,
): Promise<void> {
  if (channelz) addAdminServicesToServer(server);
  if (!reflection) return;
  // Loaded only where it is served: it brings a compiler of protos with it.
  const { ReflectionService } = await import("@grpc/reflection");
  // Of a package's definitions it reads nothing but the files.
  const contract = { fileDescriptorProtos: filesOf(readContract()) };
  const definition = { contract } as unknown as ConstructorParameters<typeof ReflectionService>[0];
  new ReflectionService(definition).addToServer(server);
}

/** The encoded FileDescriptorProtos of a set. */
function filesOf(set: Buffer): Buffer[] {
  const reader = new BinaryReader(set);
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    if (reader.uint32() !== FILE) throw new Error("the contract is not a set of files");
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}
