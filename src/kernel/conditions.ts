/** Which packets a trace follows, in the form that the programs take. */
import type { Injected } from "../ebpf/patch.js";

/** All of them must hold. */
export interface Conditions {
  /** Bits of enum packet_field, bpf/filter.h: what is asked of a packet beside its flow. */
  readonly askedFields: number;
  /** Compiled expressions; the guard of each function that is given is set. */
  readonly injected: Injected;
  /** Whether packets other than IPv4 and IPv6 may match. */
  readonly followsAnyProtocol: boolean;
  /** Whether the pcap expression sees VLAN tags that the device has taken off. */
  readonly showsRemovedTag: boolean;
}
