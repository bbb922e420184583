package ipftrace

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

const (
	etherTypeIPv4 = 0x0800
	etherTypeIPv6 = 0x86dd
)

// EtherTypes of packets other than IP that Linux hands around. Source: include/uapi/linux/if_ether.h.
var etherTypes = map[uint32]string{
	1: "802.3", 4: "802.2", 2054: "ARP", 25944: "TEB", 32821: "RARP", 33024: "802.1Q", 34887: "MPLS", 34888: "MPLS-MC",
	34915: "PPPoE-D", 34916: "PPPoE-S", 34958: "EAPOL", 34984: "802.1ad", 35020: "LLDP", 35045: "MACsec", 35063: "PTP",
}

// Transport protocols by their IANA number; "-" stands for a number that has no name.
// Source: IANA "Protocol Numbers", in the spelling of /etc/protocols.
var protocols = strings.Fields(`
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
`)

// ProtocolName is the name of the flow's transport, for example "TCP" or "Unknown(253)"; of a packet
// other than IP that of its network layer, for example "ARP" or "EtherType(0x88b5)".
func ProtocolName(flow *pb.Flow) string {
	if !isIP(flow) {
		if name, known := etherTypes[flow.GetL3Protocol()]; known {
			return name
		}
		return fmt.Sprintf("EtherType(0x%04x)", flow.GetL3Protocol())
	}
	number := flow.GetL4Protocol()
	if uint64(number) < uint64(len(protocols)) && protocols[number] != "-" {
		return protocols[number]
	}
	return fmt.Sprintf("Unknown(%d)", number)
}

// AddressText is an address of the contract as text: 4 bytes as a dotted quad, 16 bytes as RFC 5952
// writes IPv6, any other number of bytes, which is no address, in hexadecimal.
func AddressText(address []byte) string {
	if parsed, ok := netip.AddrFromSlice(address); ok {
		return parsed.String()
	}
	return hex.EncodeToString(address)
}

func isIP(flow *pb.Flow) bool {
	return flow.GetL3Protocol() == etherTypeIPv4 || flow.GetL3Protocol() == etherTypeIPv6
}

// endpoint writes no brackets around IPv6, and no port 0: so the original tool did.
func endpoint(address []byte, port uint32) string {
	if port == 0 {
		return AddressText(address)
	}
	return AddressText(address) + ":" + strconv.FormatUint(uint64(port), 10)
}
