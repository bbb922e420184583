//! Addresses and protocols as text.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::v1::Flow;

const ETHER_TYPE_IPV4: u32 = 0x0800;
const ETHER_TYPE_IPV6: u32 = 0x86dd;

/// EtherTypes of packets other than IP that Linux hands around. Source: include/uapi/linux/if_ether.h.
const ETHER_TYPES: [(u32, &str); 15] = [
    (1, "802.3"),
    (4, "802.2"),
    (2054, "ARP"),
    (25944, "TEB"),
    (32821, "RARP"),
    (33024, "802.1Q"),
    (34887, "MPLS"),
    (34888, "MPLS-MC"),
    (34915, "PPPoE-D"),
    (34916, "PPPoE-S"),
    (34958, "EAPOL"),
    (34984, "802.1ad"),
    (35020, "LLDP"),
    (35045, "MACsec"),
    (35063, "PTP"),
];

/// Transport protocols by their IANA number; "-" stands for a number that has no name.
/// Source: IANA "Protocol Numbers", in the spelling of /etc/protocols.
#[rustfmt::skip]
const PROTOCOLS: &[&str] = &[
    "HOPOPT", "ICMP", "IGMP", "GGP", "IPENCAP", "ST", "TCP", "CBT", "EGP", "IGP",
    "BBN-RCC-MON", "NVP-II", "PUP", "ARGUS", "EMCON", "XNET", "CHAOS", "UDP", "MUX", "DCN-MEAS",
    "HMP", "PRM", "XNS-IDP", "TRUNK-1", "TRUNK-2", "LEAF-1", "LEAF-2", "RDP", "IRTP", "ISO-TP4",
    "NETBLT", "MFE-NSP", "MERIT-INP", "DCCP", "3PC", "IDPR", "XTP", "DDP", "IDPR-CMTP", "TP++",
    "IL", "IPv6", "SDRP", "IPv6-Route", "IPv6-Frag", "IDRP", "RSVP", "GRE", "DSR", "BNA",
    "ESP", "AH", "I-NLSP", "SWIPE", "NARP", "MOBILE", "TLSP", "SKIP", "IPv6-ICMP", "IPv6-NoNxt",
    "IPv6-Opts", "-", "CFTP", "-", "SAT-EXPAK", "KRYPTOLAN", "RVD", "IPPC", "-", "SAT-MON",
    "VISA", "IPCV", "CPNX", "CPHB", "WSN", "PVP", "BR-SAT-MON", "SUN-ND", "WB-MON", "WB-EXPAK",
    "ISO-IP", "VMTP", "SECURE-VMTP", "VINES", "TTP", "NSFNET-IGP", "DGP", "TCF", "EIGRP", "OSPF",
    "Sprite-RPC", "LARP", "MTP", "AX.25", "IP-WITHIN-IP", "MICP", "SCC-SP", "ETHERIP", "ENCAP", "-",
    "GMTP", "IFMP", "PNNI", "PIM", "ARIS", "SCPS", "QNX", "A/N", "IPCOMP", "SNP",
    "Compaq-Peer", "IPX-in-IP", "VRRP", "PGM", "-", "L2TP", "DDX", "IATP", "STP", "SRP",
    "UTI", "SMP", "SM", "PTP", "ISIS", "FIRE", "CRTP", "CRUDP", "SSCOPMCE", "IPLT",
    "SPS", "PIPE", "SCTP", "FC", "RSVP-E2E-IGNORE", "Mobility-Header", "UDPLite", "MPLS-in-IP", "MANET", "HIP",
    "Shim6", "WESP", "ROHC", "Ethernet", "AGGFRAG", "NSH", "Homa", "BIT-EMU",
];

/// Name of the flow's transport, for example "TCP" or "Unknown(253)"; of a packet other than IP that of its
/// network layer, for example "ARP" or "EtherType(0x88b5)".
pub fn protocol_name(flow: &Flow) -> String {
    if !is_ip(flow) {
        let known = ETHER_TYPES.iter().find(|(number, _)| *number == flow.l3_protocol);
        return known.map_or_else(|| format!("EtherType(0x{:04x})", flow.l3_protocol), |(_, name)| (*name).to_owned());
    }
    match PROTOCOLS.get(flow.l4_protocol as usize) {
        Some(&name) if name != "-" => name.to_owned(),
        _ => format!("Unknown({})", flow.l4_protocol),
    }
}

/// An address of the contract as text: 4 bytes as a dotted quad, 16 bytes as RFC 5952 writes IPv6, any other
/// number of bytes, which is no address, in hexadecimal.
pub fn address_text(address: &[u8]) -> String {
    if let Ok(bytes) = <[u8; 4]>::try_from(address) {
        return Ipv4Addr::from(bytes).to_string();
    }
    match <[u8; 16]>::try_from(address) {
        Ok(bytes) => Ipv6Addr::from(bytes).to_string(),
        Err(_) => hexadecimal(address),
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn is_ip(flow: &Flow) -> bool {
    flow.l3_protocol == ETHER_TYPE_IPV4 || flow.l3_protocol == ETHER_TYPE_IPV6
}

/// No brackets around IPv6, and no port 0: so the original tool did.
pub(crate) fn endpoint(address: &[u8], port: u32) -> String {
    match port {
        0 => address_text(address),
        _ => format!("{}:{port}", address_text(address)),
    }
}
