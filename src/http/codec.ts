/** Messages of the contract as JSON of protobuf, or encoded; handlers take and give the generated code's. */
import {
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import type { MethodDefinition } from "@grpc/grpc-js";
import { IpftraceError, messageOf } from "../errors.js";
import { jsonFaults } from "./check-json.js";

/** How the messages of one method are written. */
export interface Codec {
  /** Its name in content types: `json` or `proto`. */
  readonly name: string;
  /** A request. @throws IpftraceError INVALID_INPUT */
  read(bytes: Buffer): unknown;
  /** A response of the handler. */
  write(response: unknown): Uint8Array;
}

/** Makes the codecs of a method. */
export type CodecOf = (definition: MethodDefinition<unknown, unknown>, method: DescMethod) => Codec;

/** Bytes that are no text are no JSON. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** JSON of protobuf: names in lowerCamelCase, 64-bit numbers as text, bytes in base64; unknown keys are faults. */
export const jsonCodec: CodecOf = (definition, { input, output }) => ({
  name: "json",
  read: (bytes) => {
    const json = parse(bytes);
    const faults = jsonFaults(input, json);
    if (faults.length > 0) throw IpftraceError.invalid(faults);
    const encoded = toBinary(
      input,
      messageFrom(() => fromJson(input, json)),
    );
    return definition.requestDeserialize(Buffer.from(encoded));
  },
  write: (response) => {
    const encoded = definition.responseSerialize(response);
    return Buffer.from(toJsonString(output, fromBinary(output, encoded)));
  },
});

/** The encoding that gRPC has, too. */
export const binaryCodec: CodecOf = (definition) => ({
  name: "proto",
  read: (bytes) => {
    try {
      return definition.requestDeserialize(bytes);
    } catch (reason) {
      throw invalid(`is not an encoded message: ${messageOf(reason)}`);
    }
  },
  write: (response) => definition.responseSerialize(response),
});

function parse(bytes: Buffer): JsonValue {
  if (bytes.length === 0) throw invalid("is empty: give {} for a request with every field left out");
  try {
    return JSON.parse(utf8.decode(bytes)) as JsonValue;
  } catch (reason) {
    throw invalid(`is not JSON: ${messageOf(reason)}`);
  }
}

/** What the faults of single fields do not tell: two values of one oneof, or one field twice. */
function messageFrom<T extends MessageShape<DescMethod["input"]>>(make: () => T): T {
  try {
    return make();
  } catch (reason) {
    throw invalid(messageOf(reason));
  }
}

function invalid(description: string): IpftraceError {
  return IpftraceError.invalid([{ field: "body", description }]);
}
