/**
 * Names of the transport protocols by their IANA number, in the spelling that the original
 * tool printed (the upper-case aliases of /etc/protocols).
 * Source: IANA "Protocol Numbers", https://www.iana.org/assignments/protocol-numbers.
 * Lines hold ten numbers each; "-" marks a number that has no name.
 *
 * Number 94 is called IPIP by IANA, but every Linux tool says IPIP for number 4 (IPPROTO_IPIP).
 * So IPIP means 4 here, and 94 goes by IANA's long name for it.
 */
const table = `
HOPOPT ICMP IGMP GGP IPENCAP ST TCP CBT EGP IGP
BBN-RCC-MON NVP-II PUP ARGUS EMCON XNET CHAOS UDP MUX DCN-MEAS
HMP PRM XNS-IDP TRUNK-1 TRUNK-2 LEAF-1 LEAF-2 RDP IRTP ISO-TP4
NETBLT MFE-NSP MERIT-INP DCCP 3PC IDPR XTP DDP IDPR-CMTP TP++
IL IPv6 SDRP IPv6-Route IPv6-Frag IDRP RSVP GRE DSR BNA
ESP AH I-NLSP SWIPE NARP MOBILE TLSP SKIP IPv6-ICMP IPv6-NoNxt
IPv6-Opts - CFTP - SAT-EXPAK KRYPTOLAN RVD IPPC - SAT-MON
VISA IPCV CPNX CPHB WSN PVP BR-SAT-MON SUN-ND WB-MON WB-EXPAK
ISO-IP VMTP SECURE-VMTP VINES TTP NSFNET-IGP DGP TCF EIGRP OSPF
Sprite-RPC LARP MTP AX.25 IP-WITHIN-IP MICP SCC-SP ETHERIP ENCAP -
GMTP IFMP PNNI PIM ARIS SCPS QNX A/N IPCOMP SNP
Compaq-Peer IPX-in-IP VRRP PGM - L2TP DDX IATP STP SRP
UTI SMP SM PTP ISIS FIRE CRTP CRUDP SSCOPMCE IPLT
SPS PIPE SCTP FC RSVP-E2E-IGNORE Mobility-Header UDPLite MPLS-in-IP MANET HIP
Shim6 WESP ROHC Ethernet AGGFRAG NSH Homa BIT-EMU
`;

/** Protocol names; the index is the IANA number, undefined where it has no name. */
export const protocolNames: readonly (string | undefined)[] = table
  .trim()
  .split(/\s+/)
  .map((name) => (name === "-" ? undefined : name));

/**
 * Further spellings that are read, never printed: those of Debian's and Fedora's
 * /etc/protocols, of IANA, and of common use.
 */
export const otherProtocolNames: Readonly<Record<string, number>> = {
  IP: 0,
  IPIP: 4,
  "IP-ENCAP": 4,
  IPv4: 4,
  "IPSEC-ESP": 50,
  "IPSEC-AH": 51,
  ICMPv6: 58,
  ICMP6: 58,
  RSPF: 73,
  OSPFIGP: 89,
  "UDP-Lite": 136,
};
