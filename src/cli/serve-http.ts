/** The way in by HTTP of `serve`. What it needs is loaded only when it is asked for. */
import type { Door, DoorSettings } from "../http/door.js";
import type { Inside } from "../service/server.js";

/** Opens it where there is an address; undefined: there is none. @throws IpftraceError UNAVAILABLE */
export async function openHttp(settings: DoorSettings, inside: Inside): Promise<Door | undefined> {
  if (settings.addresses.length === 0) return undefined;
  const { openDoor } = await import("../http/door.js");
  return openDoor(settings, inside);
}
