/** Where the members of a flow_record lie among its 32-bit words. */
import { flowLayout } from "../decode/layout.js";

export const FlowWord = {
  SOURCE: flowLayout.source / 4,
  DESTINATION: flowLayout.destination / 4,
  /** source_port in the lower half, destination_port in the upper. */
  PORTS: flowLayout.source_port / 4,
  /** l3_protocol in the lower half, then l4_protocol, then flags. */
  PROTOCOLS: flowLayout.l3_protocol / 4,
  /** icmp_type, icmp_code, link and a reserved byte. */
  ICMP: flowLayout.icmp_type / 4,
} as const;
