/**
 * Makes a TAP interface in the network namespace it runs in and lets it receive the frames
 * that come on standard input as lines of hexadecimal digits: they enter the kernel's
 * stack as from a cable. The interface goes away with the process.
 */
import { execFileSync } from "node:child_process";
import { openSync, readFileSync, writeSync } from "node:fs";
import koffi from "koffi";

/** include/uapi/linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const IFF_TAP = 2;
const IFF_NO_PI = 0x1000;
const NAME = "tap0";

const ioctl = koffi.load("libc.so.6").func("int ioctl(int fd, ulong request, _Inout_ void *argument)");

const frames = readFileSync(0, "latin1").trim().split("\n");
const fd = openSync("/dev/net/tun", "r+");
const request = Buffer.alloc(40);
request.write(NAME, "latin1");
request.writeUInt16LE(IFF_TAP | IFF_NO_PI, 16);
if (ioctl(fd, TUNSETIFF, request) !== 0) throw new Error(`TUNSETIFF: errno ${koffi.errno()}`);
execFileSync("ip", ["link", "set", NAME, "up"]);
for (const frame of frames) writeSync(fd, Buffer.from(frame, "hex"));
