/** The second example of the original's README: `ipftrace -iv 4 -l4 TCP -d4 10.0.1.11 -m gso generic`. */
import { connect } from "ipftrace-client";
import { IpVersion } from "ipftrace-client/v1/filter.js";

const TCP = 6;

const [address = "unix:/run/ipftrace/ipftraced.sock"] = process.argv.slice(2);
using client = await connect(address);
const stream = client.trace({
  manifest: "generic",
  modules: ["gso"],
  filter: { allow: [{ ipVersion: IpVersion.IP_VERSION_4, l4Protocols: [TCP], destinationIpv4: ["10.0.1.11"] }] },
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stream.stop());

for await (const event of stream) {
  if (event.type === "started") process.stdout.write("Trace ready!\n");
  if (event.type === "journey") process.stdout.write(event.journey.text());
}
