/** Finds everything in a request's JSON that its message cannot hold, each with its path. */
import { type DescField, type DescMessage, fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { messageOf, type Violation } from "../errors.js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";

/** Faults of `json` as a message of this type; paths as the contract writes them. */
export function jsonFaults(message: DescMessage, json: JsonValue): Violation[] {
  return [...faultsOfMessage(message, json, "")];
}

function* faultsOfMessage(message: DescMessage, json: JsonValue, path: string): Generator<Violation> {
  if (!isObject(json)) {
    yield { field: path || "body", description: `${kindOf(json)} is not an object of ${message.typeName}` };
    return;
  }
  for (const [key, value] of Object.entries(json)) {
    const field = message.fields.find(({ jsonName, name }) => jsonName === key || name === key);
    if (field === undefined) yield unknownKey(message, key, path);
    else yield* faultsOfField(message, field, value, `${path && `${path}.`}${field.name}`);
  }
}

function unknownKey(message: DescMessage, key: string, path: string): Violation {
  const known = message.fields.map(({ jsonName }) => jsonName);
  const accepted = known.length === 0 ? "it has no fields" : `accepted are ${known.join(", ")}`;
  const description = `${message.typeName} has no such field${didYouMean(key, known)}: ${accepted}`;
  return { field: `${path && `${path}.`}${quote(key).slice(1, -1)}`, description };
}

function* faultsOfField(owner: DescMessage, field: DescField, json: JsonValue, path: string): Generator<Violation> {
  if (field.fieldKind === "message" && json !== null) yield* faultsOfMessage(field.message, json, path);
  else if (field.fieldKind === "list" && field.listKind === "message" && Array.isArray(json)) {
    for (const [index, item] of json.entries()) yield* faultsOfMessage(field.message, item, `${path}[${index}]`);
  } else {
    const fault = faultOfValue(owner, field, json);
    if (fault !== undefined) yield { field: path, description: fault };
  }
}

/** JSON has no whole numbers beyond 2^53: what was written is no longer known. */
function isRounded(json: JsonValue): boolean {
  if (Array.isArray(json)) return json.some(isRounded);
  return typeof json === "number" && Number.isInteger(json) && !Number.isSafeInteger(json);
}

function faultOfValue(owner: DescMessage, field: DescField, json: JsonValue): string | undefined {
  if (isRounded(json)) return "has more digits than a number of JSON can hold: write it as a string";
  try {
    fromJson(owner, { [field.jsonName]: json });
    return undefined;
  } catch (reason) {
    if (field.enum !== undefined) {
      const names = field.enum.values.map(({ name }) => name);
      return `${quote(String(json))} is none of ${names.join(", ")}${didYouMean(String(json), names)}`;
    }
    return messageOf(reason).replace(/^cannot decode .*? from JSON: /, "");
  }
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function kindOf(json: JsonValue): string {
  if (json === null) return "null";
  return Array.isArray(json) ? "a list" : quote(String(json));
}
