/** Dictionaries as messages that every client takes. */
import type { Dictionary } from "../collector/messages.js";
import type { Notice } from "./responses.js";

/**
 * Entries of one message. Whoever comes late to a trace gets all of its dictionary, and clients commonly take 4 MiB:
 * a stack has up to 127 names of functions, an interface 15 bytes of name.
 */
const MAX_STACKS = 128;
const MAX_INTERFACES = 4096;

/** As many messages as it takes; none for a dictionary without entries. */
export function* dictionaryNotices({ interfaces, stacks }: Dictionary): Generator<Notice> {
  for (let at = 0; at < interfaces.length; at += MAX_INTERFACES) {
    yield { $case: "dictionary", value: { interfaces: interfaces.slice(at, at + MAX_INTERFACES), stacks: [] } };
  }
  for (let at = 0; at < stacks.length; at += MAX_STACKS) {
    const some = stacks.slice(at, at + MAX_STACKS).map((stack) => ({ ...stack, frames: [...stack.frames] }));
    yield { $case: "dictionary", value: { interfaces: [], stacks: some } };
  }
}
