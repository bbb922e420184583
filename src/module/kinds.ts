/** The kinds of a field, as module files and messages name them. */
import { CustomKind } from "../gen/ipftrace/v1/custom.js";

/** By the word that stands for it. */
export const kinds: ReadonlyMap<string, CustomKind> = new Map([
  ["unsigned", CustomKind.CUSTOM_KIND_UNSIGNED],
  ["signed", CustomKind.CUSTOM_KIND_SIGNED],
  ["bool", CustomKind.CUSTOM_KIND_BOOL],
  ["string", CustomKind.CUSTOM_KIND_STRING],
  ["bytes", CustomKind.CUSTOM_KIND_BYTES],
  ["ip", CustomKind.CUSTOM_KIND_IP],
  ["mac", CustomKind.CUSTOM_KIND_MAC],
  ["enum", CustomKind.CUSTOM_KIND_ENUM],
  ["flags", CustomKind.CUSTOM_KIND_FLAGS],
  ["hex", CustomKind.CUSTOM_KIND_HEX],
  ["big-endian", CustomKind.CUSTOM_KIND_BIG_ENDIAN],
]);

/** The word for a kind. */
export function kindWord(kind: CustomKind): string {
  return [...kinds].find(([, value]) => value === kind)?.[0] ?? String(kind);
}
