/** One input of the fuzz test: which method, and which bytes. */
import type { Method } from "./contract.js";
import { messageBytes } from "./message.js";
import type { Random } from "./random.js";

/** What a server takes at most; some inputs are larger. */
const MAX_REQUEST_BYTES = 1024 * 1024;

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const mutations: readonly Mutation[] = [
  // Truncated anywhere.
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  // Single bits.
  (bytes, random) => bytes.map((byte) => (random.chance(0.02) ? byte ^ (1 << random.below(8)) : byte)),
  // A varint that never ends, or is larger than 64 bits.
  (bytes, random) => spliced(bytes, random, new Uint8Array(random.pick([5, 9, 10, 11, 40])).fill(0xff)),
  // A length that lies: more than there is.
  (bytes, random) => spliced(bytes, random, Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x07)),
  // Something twice.
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return spliced(bytes, random, bytes.subarray(at, at + random.below(40)));
  },
  // Anything in between.
  (bytes, random) => spliced(bytes, random, random.bytes(random.below(20))),
];

/** Bytes that are no message at all, or one of a kind that nobody sends. */
const oddities: readonly ((random: Random) => Uint8Array)[] = [
  (random) => random.bytes(random.below(300)),
  // Groups within groups, of which proto3 has none.
  (random) => new Uint8Array(random.below(50_000)).fill(0x0b),
  (random) => nested(random.pick([10, 100, 1000, 3000]), random.pick([1, 2, 3, 5])),
  // One field as often as a request may be long.
  (random) => new Uint8Array(random.pick([1000, 100_000])).map((_, at) => (at % 2 === 0 ? 0x0a : 0x00)),
  (random) => new Uint8Array(random.below(64)).fill(0xff),
  () => new Uint8Array(),
];

/** Calls, each with its bytes: for the most part messages of the right type, with mutations. */
export function inputFor(method: Method, random: Random): Uint8Array {
  if (random.chance(0.0005)) return new Uint8Array(MAX_REQUEST_BYTES + 1 + random.below(1000));
  if (random.chance(0.05)) return random.pick(oddities)(random);
  let bytes = messageBytes(method.input, random);
  while (random.chance(0.35)) bytes = random.pick(mutations)(bytes, random);
  return bytes;
}

function spliced(bytes: Uint8Array, random: Random, inserted: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

/** Messages within messages, each of which is the field of this number. */
function nested(depth: number, field: number): Uint8Array {
  let inner = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) {
    const length: number[] = [];
    for (let rest = inner.length; ; rest >>>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    inner = Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), inner]);
  }
  return inner;
}
