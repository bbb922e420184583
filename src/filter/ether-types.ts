/** EtherTypes of packets other than IP that Linux hands around. Source: include/uapi/linux/if_ether.h. */
const names: Readonly<Record<number, string>> = {
  1: "802.3",
  4: "802.2",
  2054: "ARP",
  25944: "TEB",
  32821: "RARP",
  33024: "802.1Q",
  34887: "MPLS",
  34888: "MPLS-MC",
  34915: "PPPoE-D",
  34916: "PPPoE-S",
  34958: "EAPOL",
  34984: "802.1ad",
  35020: "LLDP",
  35045: "MACsec",
  35063: "PTP",
};

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

/** Whether packets of this EtherType have addresses, and a transport protocol. */
export function isIp(etherType: number): boolean {
  return etherType === IPV4 || etherType === IPV6;
}

/** The name of an EtherType other than IP's, for example "ARP"; "EtherType(0x88b5)" without one. */
export function etherTypeName(etherType: number): string {
  return names[etherType] ?? `EtherType(0x${etherType.toString(16).padStart(4, "0")})`;
}
