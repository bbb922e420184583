/** One question to grpc.health.v1.Health, without its protos: the answer is one number. */
import { type Client, status } from "@grpc/grpc-js";

/** ServingStatus of grpc.health.v1, as far as it matters; "not told" where a server has no health service. */
export type Health = "SERVING" | "NOT_SERVING" | "not told";

/** HealthCheckResponse: field 1, `status`, as a varint; 1 is SERVING. */
const [STATUS_TAG, SERVING] = [0x08, 1];

/** Asks for the server as a whole. Rejects with the ServiceError of a call that failed. */
export function askHealth(client: Client, timeoutMs: number): Promise<Health> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      () => Buffer.alloc(0),
      (bytes): Health => (bytes[0] === STATUS_TAG && bytes[1] === SERVING ? "SERVING" : "NOT_SERVING"),
      undefined,
      { deadline: Date.now() + timeoutMs },
      (error, health) => {
        if (error === null) resolve(health ?? "NOT_SERVING");
        else if (error.code === status.UNIMPLEMENTED) resolve("not told");
        else reject(error);
      },
    );
  });
}
