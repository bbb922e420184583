package io.github.ipftrace;

import com.google.protobuf.ByteString;
import io.github.ipftrace.v1.Flow;
import java.util.HexFormat;
import java.util.Map;

/** Addresses and protocols as text. */
public final class Flows {
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;

  /** Stands for the addresses of a packet that is not IP. */
  private static final String NONE = "-";

  /** Of packets other than IP that Linux hands around. Source: include/uapi/linux/if_ether.h. */
  private static final Map<Integer, String> ETHER_TYPES =
      Map.ofEntries(
          Map.entry(1, "802.3"),
          Map.entry(4, "802.2"),
          Map.entry(2054, "ARP"),
          Map.entry(25944, "TEB"),
          Map.entry(32821, "RARP"),
          Map.entry(33024, "802.1Q"),
          Map.entry(34887, "MPLS"),
          Map.entry(34888, "MPLS-MC"),
          Map.entry(34915, "PPPoE-D"),
          Map.entry(34916, "PPPoE-S"),
          Map.entry(34958, "EAPOL"),
          Map.entry(34984, "802.1ad"),
          Map.entry(35020, "LLDP"),
          Map.entry(35045, "MACsec"),
          Map.entry(35063, "PTP"));

  /**
   * Transport protocols by their IANA number; "-" stands for a number that has no name. Source:
   * IANA "Protocol Numbers", in the spelling of /etc/protocols.
   */
  private static final String[] PROTOCOLS =
      """
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
          .trim()
          .split("\\s+");

  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;

  private Flows() {}

  /**
   * The name of the flow's transport, for example {@code TCP} or {@code Unknown(253)}; of a packet
   * other than IP that of its network layer, for example {@code ARP} or {@code EtherType(0x88b5)}.
   */
  public static String protocol(Flow flow) {
    if (!isIp(flow)) {
      var name = ETHER_TYPES.get(flow.getL3Protocol());
      return name != null ? name : String.format("EtherType(0x%04x)", flow.getL3Protocol());
    }
    var number = flow.getL4Protocol();
    var isKnown = number >= 0 && number < PROTOCOLS.length && !PROTOCOLS[number].equals("-");
    return isKnown ? PROTOCOLS[number] : "Unknown(" + Integer.toUnsignedString(number) + ")";
  }

  /**
   * The flow's source as ipftrace shows it: {@code 10.0.1.10:80}, {@code fc00::1}, or {@code -}
   * when it is not IP.
   */
  public static String source(Flow flow) {
    return endpoint(flow, flow.getSource(), flow.getSourcePort());
  }

  /** The same for its destination. */
  public static String destination(Flow flow) {
    return endpoint(flow, flow.getDestination(), flow.getDestinationPort());
  }

  /**
   * An address of the contract: 4 bytes as a dotted quad, 16 bytes as RFC 5952 writes IPv6, any
   * other number of bytes, which is no address, in hexadecimal.
   */
  public static String address(byte[] bytes) {
    return switch (bytes.length) {
      case IPV4_BYTES -> dotted(bytes, 0);
      case IPV6_BYTES -> ipv6(bytes);
      default -> HexFormat.of().formatHex(bytes);
    };
  }

  static boolean isIp(Flow flow) {
    return flow.getL3Protocol() == IPV4 || flow.getL3Protocol() == IPV6;
  }

  /** No brackets around IPv6, and no port 0: so the original tool did. */
  private static String endpoint(Flow flow, ByteString address, int port) {
    if (!isIp(flow)) return NONE;
    var text = address(address.toByteArray());
    return port == 0 ? text : text + ":" + Integer.toUnsignedString(port);
  }

  private static String dotted(byte[] bytes, int from) {
    return String.format(
        "%d.%d.%d.%d",
        bytes[from] & 0xff, bytes[from + 1] & 0xff, bytes[from + 2] & 0xff, bytes[from + 3] & 0xff);
  }

  private static String ipv6(byte[] bytes) {
    var groups = new int[IPV6_BYTES / 2];
    for (var index = 0; index < groups.length; index++) {
      groups[index] = (bytes[2 * index] & 0xff) << 8 | (bytes[2 * index + 1] & 0xff);
    }
    var isMapped = groups[5] == 0xffff;
    for (var index = 0; index < 5; index++) isMapped &= groups[index] == 0;
    if (isMapped) return "::ffff:" + dotted(bytes, IPV6_BYTES - IPV4_BYTES);
    return compressed(groups);
  }

  /**
   * RFC 5952 §4.2: the longest run of zeros, the first of equal ones, never a single one, becomes
   * "::".
   */
  private static String compressed(int[] groups) {
    var start = 0;
    var length = 1;
    for (var from = 0; from < groups.length; from++) {
      var to = from;
      while (to < groups.length && groups[to] == 0) to++;
      if (to - from > length) {
        start = from;
        length = to - from;
      }
    }
    if (length < 2) return hex(groups, 0, groups.length);
    return hex(groups, 0, start) + "::" + hex(groups, start + length, groups.length);
  }

  private static String hex(int[] groups, int from, int to) {
    var text = new StringBuilder();
    for (var index = from; index < to; index++) {
      if (index > from) text.append(':');
      text.append(Integer.toHexString(groups[index]));
    }
    return text.toString();
  }
}
