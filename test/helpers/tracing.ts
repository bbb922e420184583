/** A gRPC client of the contract that keeps everything that a trace tells. */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { Filter, type FlowFilter } from "../../src/gen/ipftrace/v1/filter.js";
import type { PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import type { Account } from "../../src/gen/ipftrace/v1/loss.js";
import { TraceRequest, type TraceResponse, TraceServiceClient } from "../../src/gen/ipftrace/v1/trace_service.js";

/** A client that is closed with the test. */
export function clientOf(target: string): TraceServiceClient {
  return new TraceServiceClient(target, credentials.createInsecure());
}

/** A filter of one flow. */
export function filterOf(flow: Partial<FlowFilter>): Filter {
  return Filter.fromPartial({ allow: [flow] });
}

/** One trace and what it told so far. */
export class Traced {
  readonly responses: TraceResponse[] = [];
  readonly done: Promise<ServiceError | undefined>;
  readonly #call: ReturnType<TraceServiceClient["trace"]>;
  readonly #client: TraceServiceClient;

  constructor(client: TraceServiceClient, request: Parameters<typeof TraceRequest.fromPartial>[0]) {
    this.#client = client;
    this.#call = client.trace(TraceRequest.fromPartial(request));
    this.#call.on("data", (response: TraceResponse) => this.responses.push(response));
    this.done = new Promise((resolve) => {
      this.#call.on("end", () => resolve(undefined));
      this.#call.on("error", (error: ServiceError) => resolve(error));
    });
  }

  /** All events of one case. */
  events<C extends NonNullable<TraceResponse["event"]>["$case"]>(name: C) {
    return this.responses.flatMap(({ event }) =>
      event?.$case === name ? [event.value as Extract<NonNullable<TraceResponse["event"]>, { $case: C }>["value"]] : [],
    );
  }

  get journeys(): PacketJourney[] {
    return this.events("batch").flatMap(({ journeys }) => journeys);
  }

  /** Waits for TraceStarted. */
  async started(): Promise<void> {
    const ended = await Promise.race([this.done, this.until(() => this.events("started").length > 0)]);
    if (this.events("started").length === 0) throw new Error(`the trace did not start: ${ended?.details}`);
  }

  /** Waits until a condition holds, a minute at most. */
  async until(holds: () => boolean): Promise<undefined> {
    for (let waitedMs = 0; waitedMs < 60_000 && !holds(); waitedMs += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return undefined;
  }

  /** Ends the trace in good order; its account. */
  async stop(): Promise<Account> {
    const traceId = this.events("started")[0]?.traceId ?? 0n;
    await new Promise<void>((resolve, reject) => {
      this.#client.stopTrace({ traceId }, (error) => (error ? reject(error) : resolve()));
    });
    await this.done;
    return this.account;
  }

  /** The account that the last message told. */
  get account(): Account {
    const account = this.events("ended")[0]?.account;
    if (account === undefined) throw new Error("the trace has not ended with an account");
    return account;
  }

  /** Stops reading, so that the server must wait. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  cancel(): void {
    this.#call.cancel();
  }
}

/** What the account must fulfil: seen = filtered + delivered + lost. */
export function accountSum({ filteredEvents, deliveredEvents, lost }: Account): bigint {
  return lost.reduce((sum, { totalLostEvents }) => sum + totalLostEvents, filteredEvents + deliveredEvents);
}
