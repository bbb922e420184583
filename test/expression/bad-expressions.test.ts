import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readCondition } from "../../src/expression/condition.js";
import { smallKernel } from "./kernel.js";

/** Expression, the part of it that the caret must point to, and the message. */
const faulty: readonly [text: string, marked: string, message: RegExp][] = [
  ["", " ", /^the expression is empty: write one such as skb->len > 100/],
  ["   ", " ", /^the expression is empty/],
  [`skb->len == ${"1".repeat(1100)}`, "1", /^the expression has 1112 characters: give 1024 at most/],
  ["skb->len @ 5", "@", /^"@" is no part of an expression/],
  ["skb->len == 5€", "€", /^"€" is no part of an expression/],
  ["skb->len == 5\u0007", " ", /^"\\u0007" is no part of an expression/],
  ["skb->len == 12ab", "12ab", /^"12ab" is not a whole number: write it as 1500, 0x5dc or 02734/],
  ["skb->len == 1.5", "1.5", /^"1.5" is not a whole number/],
  ["skb->len == 089", "089", /^"089" is not a whole number/],
  ["skb->len == 0x", "0x", /^"0x" is not a whole number/],
  ["skb->len == 5uu", "5uu", /^"5uu" is not a whole number/],
  ["skb->stamp == 18446744073709551616", "18446744073709551616", /does not fit into 64 bits/],
  ['skb->dev->name == "eth0', '"eth0', /^the quote " is not closed/],
  ["skb->len == 'ab'", "'ab'", /^between single quotes stands one ASCII character; a text goes between double/],
  ["skb->len == ''", "''", /^between single quotes stands one ASCII/],
  ['skb->dev->name == "\\q"', '"\\q"', /^"\\\\q" is no escape of C: use/],
  ["skb->len ==", " ", /^the expression ends here, where a value, such as skb->len or 1500, is expected/],
  ["skb->", " ", /^the expression ends here, where the name of a member is expected/],
  ["skb->5", "5", /^"5" stands here, where the name of a member is expected/],
  ["(skb->len", " ", /^the expression ends here, where "\)" of "\(" is expected/],
  ["skb->len)", ")", /^"\)" stands here, where an operator or the end is expected/],
  ["skb->len skb->mark", "skb", /^"skb" stands here, where an operator or the end is expected/],
  ["skb->len = 5", "=", /^nothing can be assigned: to compare, write "=="/],
  ["skb->cb[1", " ", /^the expression ends here, where "\]" behind the index is expected/],
  ["skb->cb[]", "]", /^"\]" stands here, where a value/],
  ["skb->len ? 1", " ", /^the expression ends here, where ":" of "\?" is expected/],
  ["tcp_hdr(skb", " ", /^the expression ends here, where "\)" behind what tcp_hdr is given is expected/],
  ["skb->len + + 5", "+", /^"\+" stands here, where a value/],
  ["(struct)skb", ")", /^"\)" stands here, where the name of a type is expected/],
  ["(struct sk_buff skb", " ", /^the expression ends here, where "\)" behind the type is expected/],
  [`${"(".repeat(40)}1${")".repeat(40)}`, "(", /^more than 32 levels of parentheses and operators: simplify it/],
  [`${"!".repeat(40)}1`, "!", /^more than 32 levels/],
  ["skbb->len", "skbb", /^there is no "skbb" \(did you mean "skb"\?\): a path begins with skb/],
  ["len > 5", "len", /^there is no "len": a path begins with skb, and this kernel has no constant of that name/],
  ["skb->len & SKB_GSO_TCPV5", "SKB_GSO_TCPV5", /^there is no "SKB_GSO_TCPV5" \(did you mean "SKB_GSO_TCPV4" or/],
  ["tcp_hdr->source", "tcp_hdr", /^tcp_hdr is given its operand in parentheses, as in tcp_hdr\(skb\)/],
  [
    "tpc_hdr(skb)",
    "tpc_hdr(skb)",
    /^there is no function "tpc_hdr" \(did you mean "tcp_hdr"\?\); there are skb_shinfo, /,
  ],
  ["sizeof(skb)", "sizeof(skb)", /^there is no function "sizeof"; there are/],
  ["skb_shinfo(skb->dev)", "skb->dev", /^skb_shinfo takes a struct sk_buff \*, and this is struct net_device \*/],
  ["skb_shinfo(5)", "5", /^skb_shinfo takes a struct sk_buff \*, and this is int/],
  [
    "tcp_hdr(skb)->source",
    "tcp_hdr(skb)",
    /^tcp_hdr does not work on this kernel: this kernel .* no type "struct tcphdr"/,
  ],
  ["ntohs(skb->dev)", "skb->dev", /^ntohs takes a number, and this is a pointer/],
  ["skb->lenn > 5", "lenn", /^struct sk_buff has no member "lenn" \(did you mean "len"\?\)/],
  ["skb->marc", "marc", /^struct sk_buff has no member "marc" \(did you mean "mark"\?\)/],
  ["skb->dev->mtuu", "mtuu", /^struct net_device has no member "mtuu" \(did you mean "mtu"\?\)/],
  ["skb->zzz", "zzz", /^struct sk_buff has no member "zzz", at column 6/],
  ["skb.len", "len", /^this is a pointer \(struct sk_buff \*\): write "->" instead of "\."/],
  ["skb->dev.mtu", "mtu", /^this is a pointer \(struct net_device \*\): write "->"/],
  ["skb->len.x", "x", /^this is of type unsigned int, which has no members; a cast such as/],
  ["skb->head->x", "x", /^this is of type unsigned char \*, which has no members; a cast/],
  ["skb->cb.x", "x", /^this is an array \(unsigned char \[48\]\): give an index, as in \[0\]/],
  ["skb->sp->len", "len", /do not describe struct sec_path: load the kernel module that has it/],
  ["skb->dev->ops->x", "x", /^this is of type a function \*, which has no members/],
  ["skb->cb[48]", "skb->cb[48]", /^the index 48 is outside of the array: it has the elements 0-47/],
  ["skb->cb[-1]", "skb->cb[-1]", /^the index -1 is outside of the array/],
  ["skb->head[70000]", "skb->head[70000]", /^the index 70000 is too far away: give 0-65535/],
  [
    "skb->len[0]",
    "skb->len[0]",
    /^this is of type unsigned int, which has no elements: \[ \] follows an array or a pointer/,
  ],
  ["((void *)skb)[1]", "((void *)skb)[1]", /^void \* has elements of unknown size/],
  ["skb[0]", "skb[0]", /^this is struct sk_buff, no value: name one of its members, as in \.dev/],
  ["(struct nope *)skb", "(struct nope *)skb", /^this kernel and its loaded modules have no type "struct nope"/],
  ["(nope *)skb", "(nope *)skb", /have no type "nope"/],
  ["(u32 **)skb", "(u32 **)skb", /^a cast to a pointer to a pointer is not understood/],
  ["(struct net_device)skb", "(struct net_device)skb", /^a value cannot become struct net_device: cast to a pointer/],
  ["(void)skb", "(void)skb", /^a value cannot become void/],
  ["-skb", "-skb", /^"-" takes a number, and this is a pointer/],
  ["~skb->dev", "~skb->dev", /^"~" takes a number, and this is a pointer/],
  ["skb * 2", "skb * 2", /^"\*" cannot be used on struct sk_buff \* and int: cast a pointer to \(unsigned long\)/],
  ["skb->dev + skb", "skb->dev + skb", /^"\+" cannot be used on struct net_device \* and struct sk_buff \*/],
  ["((struct empty *)skb) + 1", "((struct empty *)skb) + 1", /^this points to something of unknown size/],
  ["skb->len / 0", "skb->len / 0", /^this divides by 0/],
  ["skb->len % 0", "skb->len % 0", /^this divides by 0/],
  ["skb->len << 32", "skb->len << 32", /^this shifts 32 bits by 32: give 0-31/],
  ["skb->stamp >> -1", "skb->stamp >> -1", /^this shifts 64 bits by -1: give 0-63/],
  [
    "skb->len ? skb : 5",
    "skb->len ? skb : 5",
    /^both results of "\?" must be numbers, or both pointers; these are struct sk_buff \* and int/,
  ],
  ['"eth0"', '"eth0"', /^a text can only be compared, by "==" or "!=", with an array of characters/],
  ['skb->dev->name < "eth0"', 'skb->dev->name < "eth0"', /^a text can only be compared, by "==" or "!="/],
  ['"a" == "b"', '"a" == "b"', /^a text can only be compared/],
  [
    'skb->len == "eth0"',
    "skb->len",
    /^this is of type unsigned int, and a text can only be compared with an array of characters/,
  ],
  [
    'skb->dev->name == "a-name-much-too-long"',
    '"a-name-much-too-long"',
    /^this text has 20 bytes, and can have 16 here/,
  ],
];

describe("readCondition: what cannot be read", () => {
  const kernel = smallKernel();
  for (const [text, marked, message] of faulty) {
    it(`tells what is wrong with ${JSON.stringify(text.slice(0, 50))}`, () => {
      const compiled = readCondition(text, kernel);
      assert.ok("error" in compiled, "it compiles");
      const [what = "", line = "", carets = ""] = compiled.error.split("\n");
      assert.match(what, message);
      const at = carets.indexOf("^");
      assert.equal(
        line.slice(at, at + carets.trim().length).padEnd(1),
        marked.slice(0, carets.trim().length),
        compiled.error,
      );
      assert.equal(carets.length <= 2 + 74, true, "the line is short");
      assert.match(what, /, at column \d+$/);
    });
  }
  it("has enough of them", () => assert.ok(faulty.length >= 60));

  it("shows the part of a long expression that is wrong", () => {
    const compiled = readCondition(
      `${"skb->len == 1 || ".repeat(20)}skb->lenn == 2${" || skb->len == 3".repeat(20)}`,
      kernel,
    );
    assert.ok("error" in compiled);
    const [, line = "", carets = ""] = compiled.error.split("\n");
    assert.equal(line.slice(carets.indexOf("^"), carets.length), "lenn");
    assert.match(line, /^ {2}….*…$/);
  });
});
