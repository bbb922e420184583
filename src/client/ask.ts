/** One question to a server, and its answer. */
import { type CallOptions, Metadata, type ServiceError } from "@grpc/grpc-js";

/** A method of a generated client, bound to it. */
type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

/** The answer. Rejects with the ServiceError of a call that failed, or was not answered in time. */
export function ask<Request, Response>(
  method: Method<Request, Response>,
  request: Request,
  timeoutMs: number,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    method(request, new Metadata(), { deadline: Date.now() + timeoutMs }, (error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}
