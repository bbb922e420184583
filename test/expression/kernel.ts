import { Btf, Kind } from "../../src/btf/btf.js";
import { TypeTable } from "../../src/btf/type-table.js";
import { BtfBuilder, type Item } from "../btf/builder.js";

const SIGNED = 1 << 24;
const BOOL = 4 << 24;
/** Bit 31 of a type's info, which the builder puts beside the kind. */
const FLAG = 0x80;

/** A small kernel with what the tests need, and one module that defines a struct which the kernel only declares. */
export function smallKernel(): TypeTable {
  const kernel = new BtfBuilder();
  const int = kernel.type(Kind.INT, "int", 4, 0, [SIGNED | 32]);
  const u32 = kernel.type(Kind.INT, "unsigned int", 4, 0, [32]);
  const u16 = kernel.type(Kind.INT, "short unsigned int", 2, 0, [16]);
  const u8 = kernel.type(Kind.INT, "unsigned char", 1, 0, [8]);
  const u64 = kernel.type(Kind.INT, "long unsigned int", 8, 0, [64]);
  const s8 = kernel.type(Kind.INT, "signed char", 1, 0, [SIGNED | 8]);
  const char = kernel.type(Kind.INT, "char", 1, 0, [SIGNED | 8]);
  const bool = kernel.type(Kind.INT, "_Bool", 1, 0, [BOOL | 8]);
  const be16 = kernel.type(Kind.TYPEDEF, "__be16", u16);
  kernel.type(Kind.TYPEDEF, "u32", u32);
  const array = (element: number, count: number) => kernel.type(Kind.ARRAY, "", 0, 0, [element, u32, count]);
  const name = array(char, 16);
  const control = array(u8, 48);
  const bytes = kernel.pointer(u8);
  const handler = kernel.pointer(kernel.prototype());
  const conntrack = kernel.pointer(kernel.type(Kind.FWD, "nf_conn", 0));
  const lost = kernel.pointer(kernel.type(Kind.FWD, "sec_path", 0));
  const kind = kernel.items(Kind.ENUM, "pkt_kind", 4, [
    ["KIND_HOST", 0],
    ["KIND_OTHER", 3],
  ]);
  kernel.items(Kind.ENUM, "", 4, [
    ["SKB_GSO_TCPV4", 1],
    ["SKB_GSO_DODGY", 2],
    ["SKB_GSO_TCPV6", 16],
  ]);
  kernel.items(Kind.ENUM64, "wide", 8, [["WIDE_VALUE", 1, 1]]);
  const struct = (called: string, size: number, members: readonly Item[]) =>
    kernel.items(Kind.STRUCT, called, size, members);
  const device = kernel.pointer(
    struct("net_device", 64, [
      ["name", name, 0],
      ["mtu", u32, 128],
      ["ifindex", int, 160],
      ["up", bool, 192],
      ["ops", handler, 256],
      ["dev_addr", bytes, 320],
      ["alias", kernel.pointer(char), 384],
    ]),
  );
  const inner = kernel.items(Kind.UNION, "", 4, [
    ["mark", u32, 0],
    ["reserved", u32, 0],
  ]);
  const flags = kernel.type(Kind.STRUCT | FLAG, "", 4, 3, [
    ...[kernel.string("pkt_type"), u8, (3 << 24) | 0],
    ...[kernel.string("cloned"), u8, (1 << 24) | 3],
    ...[kernel.string("level"), int, (12 << 24) | 6],
  ]);
  struct("skb_shared_info", 16, [["gso_type", u32, 0]]);
  struct("empty", 0, []);
  struct("sk_buff", 256, [
    ["dev", device, 0],
    ["len", u32, 64],
    ["", inner, 96],
    ["", flags, 128],
    ["head", bytes, 192],
    ["data", bytes, 256],
    ["cb", control, 320],
    ["protocol", be16, 704],
    ["network_header", u16, 720],
    ["mac_header", u16, 736],
    ["stamp", u64, 768],
    ["trust", s8, 832],
    ["kind", kind, 864],
    ["nfct", conntrack, 896],
    ["sp", lost, 960],
    ["end", u32, 1024],
  ]);
  const module = new BtfBuilder(kernel);
  module.items(Kind.STRUCT, "nf_conn", 8, [["status", u64, 0]]);
  const base = new Btf(kernel.bytes());
  return new TypeTable(base, () => [new Btf(module.bytes(), base)]);
}
