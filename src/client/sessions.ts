/** The sessions of a server. */
import { type Client, credentials } from "@grpc/grpc-js";
import { SessionServiceClient } from "../gen/ipftrace/v1/session_service.js";

/** A client of the sessions, on the connection of another client; it is closed with that one. */
export function sessionsOf(client: Client): SessionServiceClient {
  const channelOverride = client.getChannel();
  // Address and credentials are the channel's; what stands here is not looked at.
  return new SessionServiceClient(channelOverride.getTarget(), credentials.createInsecure(), { channelOverride });
}
