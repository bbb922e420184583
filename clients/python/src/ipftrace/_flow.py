"""Addresses and protocols of packets as text."""

from ipaddress import IPv4Address, IPv6Address
from typing import Final

from ipftrace.v1.flow_pb2 import Flow

UNKNOWN: Final = "?"
"""Stands for what is not known because the hop that told it was lost."""

_IPV4: Final = 0x0800
_IPV6: Final = 0x86DD

_ETHER_TYPES: Final = {
    1: "802.3",
    4: "802.2",
    0x0806: "ARP",
    0x6558: "TEB",
    0x8035: "RARP",
    0x8100: "802.1Q",
    0x8847: "MPLS",
    0x8848: "MPLS-MC",
    0x8863: "PPPoE-D",
    0x8864: "PPPoE-S",
    0x888E: "EAPOL",
    0x88A8: "802.1ad",
    0x88CC: "LLDP",
    0x88E5: "MACsec",
    0x88F7: "PTP",
}
"""Source: include/uapi/linux/if_ether.h."""

_PROTOCOL_TABLE: Final = """
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
"""
"""IANA "Protocol Numbers" in the spelling of /etc/protocols, ten a line; "-" has no name."""

_PROTOCOLS: Final = _PROTOCOL_TABLE.split()


def address_text(address: bytes) -> str:
    """An address of 4 or 16 bytes as RFC 5952 has it; bytes of any other length in hexadecimal."""
    if len(address) == IPv4Address(0).max_prefixlen // 8:
        return str(IPv4Address(address))
    if len(address) != IPv6Address(0).max_prefixlen // 8:
        return address.hex()
    ipv6 = IPv6Address(address)
    return ipv6.compressed if ipv6.ipv4_mapped is None else f"::ffff:{ipv6.ipv4_mapped}"


def flow_texts(flow: Flow | None) -> tuple[str, str, str]:
    """Protocol, source and destination."""
    if flow is None:
        return UNKNOWN, UNKNOWN, UNKNOWN
    if flow.l3_protocol not in {_IPV4, _IPV6}:
        return _ether_type_name(flow.l3_protocol), "-", "-"
    source = _endpoint(flow.source, flow.source_port)
    return _protocol_name(flow.l4_protocol), source, _endpoint(flow.destination, flow.destination_port)


def _ether_type_name(number: int) -> str:
    return _ETHER_TYPES.get(number, f"EtherType(0x{number:04x})")


def _protocol_name(number: int) -> str:
    name = _PROTOCOLS[number] if number < len(_PROTOCOLS) else "-"
    return f"Unknown({number})" if name == "-" else name


def _endpoint(address: bytes, port: int) -> str:
    """No brackets around IPv6, and no port 0: so the original did it."""
    text = address_text(address)
    return text if port == 0 else f"{text}:{port}"
