/** Sends inputs to a server and judges the answers. */
import { type Client, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { allMethods, type Method } from "./contract.js";
import { inputFor } from "./input.js";
import { Random } from "./random.js";

/** Longer than any answer takes, even on a busy machine: an answer that has not come then does not come. */
const HANG_MS = 60_000;
/** How grpc-js tells that this client's deadline has passed; a server that waited as long as it was asked to says something else. */
const OWN_DEADLINE = "Deadline exceeded";
/** Calls at the same time: of them, fewer are traces than a server runs. */
const CONCURRENCY = 48;
/** Sources of text that is nobody's business: paths of this machine, lines of stacks, addresses of the kernel. */
const LEAK = /\/(src|dist|work|home|root|tmp|node_modules)\/|\n\s+at |0x[0-9a-f]{12}|ffff[0-9a-f]{12}/;
/** Answers to requests that cannot be carried out, or not here and now. */
const REFUSALS: readonly status[] = [
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.FAILED_PRECONDITION,
  status.PERMISSION_DENIED,
  status.RESOURCE_EXHAUSTED,
  status.OUT_OF_RANGE,
  status.DEADLINE_EXCEEDED,
];

/** How an input was answered. */
interface Answer {
  readonly code: status;
  readonly details: string;
}

/** How often each status came, by method. */
export type Tally = Map<string, Map<string, number>>;

/** What to send, and how much of it. */
export interface FuzzPlan {
  readonly clients: readonly Client[];
  readonly seed: number;
  readonly inputs: number;
  /** Called each time that so many inputs have been answered. */
  readonly every: number;
  readonly pause: () => Promise<void>;
}

/** Sends inputs to all methods. @throws with the input for an answer that must not be, or that does not come. */
export async function fuzz({ clients, seed, inputs, every, pause }: FuzzPlan): Promise<Tally> {
  const methods = await allMethods();
  const random = new Random(seed);
  const tally: Tally = new Map();
  for (let done = 0; done < inputs; done += every) {
    let left = Math.min(every, inputs - done);
    const worker = async (n: number): Promise<void> => {
      while (left-- > 0) {
        const method = random.pick(methods);
        const bytes = inputFor(method, random);
        count(tally, method, await judged(clients[n % clients.length] as Client, method, bytes));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, (_, n) => worker(n)));
    await pause();
  }
  return tally;
}

function count(tally: Tally, { path }: Method, { code }: Answer): void {
  const codes = tally.get(path) ?? new Map<string, number>();
  codes.set(status[code], (codes.get(status[code]) ?? 0) + 1);
  tally.set(path, codes);
}

async function judged(client: Client, method: Method, bytes: Uint8Array): Promise<Answer> {
  const answer = await answered(client, method, Buffer.from(bytes));
  const fault = faultOf(answer, method, bytes);
  if (fault !== undefined) {
    const hex = Buffer.from(bytes).toString("hex");
    throw new Error(`${method.path}: ${fault}: ${status[answer.code]} "${answer.details}" for ${hex}`);
  }
  return answer;
}

/** What is wrong with an answer. */
function faultOf({ code, details }: Answer, method: Method, bytes: Uint8Array): string | undefined {
  if (code === status.DEADLINE_EXCEEDED && details.startsWith(OWN_DEADLINE)) return `no answer within ${HANG_MS} ms`;
  const [leak] = LEAK.exec(details) ?? [];
  // What the client wrote itself may be quoted.
  if (leak !== undefined && !Buffer.from(bytes).includes(leak)) return "tells what is nobody's business";
  if (code === status.OK || REFUSALS.includes(code)) return undefined;
  // The one error that is not ours to make: grpc-js tells so of bytes that are no such message.
  if (code === status.INTERNAL && !isMessage(method, bytes)) return undefined;
  return "an answer that must not be";
}

function isMessage({ decode }: Method, bytes: Uint8Array): boolean {
  try {
    decode(Buffer.from(bytes));
    return true;
  } catch {
    return false;
  }
}

const asIs = (bytes: Buffer): Buffer => bytes;

function answered(client: Client, { path, isStream, decodeResponse }: Method, bytes: Buffer): Promise<Answer> {
  const options = { deadline: Date.now() + HANG_MS };
  return new Promise((resolve) => {
    const done = (error: ServiceError | null): void => {
      resolve(error ?? { code: status.OK, details: "" });
    };
    if (!isStream) {
      client.makeUnaryRequest(path, asIs, decodeResponse, bytes, new Metadata(), options, done);
      return;
    }
    const call = client.makeServerStreamRequest(path, asIs, decodeResponse, bytes, new Metadata(), options);
    call.on("data", () => {
      resolve({ code: status.OK, details: "" });
      call.cancel();
    });
    call.on("error", done);
    call.on("end", () => done(null));
  });
}
