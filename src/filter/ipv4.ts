/** Why a text is not an IPv4 address, or its 4 bytes. Strict: four decimal octets without leading zeros. */
export function readIpv4(text: string): Uint8Array | string {
  const octets = text.split(".");
  if (octets.length !== 4) return "an IPv4 address has four octets, a.b.c.d";
  for (const octet of octets) {
    if (!/^\d+$/.test(octet)) return "octets are decimal numbers";
    if (octet.length > 1 && octet.startsWith("0"))
      return "octets have no leading zeros, which some programs read as octal";
    if (Number(octet) > 255) return "octets are 0-255";
  }
  return Uint8Array.from(octets, Number);
}
