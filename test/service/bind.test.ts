import assert from "node:assert/strict";
import { linkSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { bindSafely } from "../../src/service/bind.js";
import { groupId } from "../../src/service/groups.js";
import { type ListenAddress, parseListenAddress } from "../../src/service/listen.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

function unix(path: string): ListenAddress {
  return parseListenAddress(`unix:${path}`);
}

/** Listens on the target's path, with a server that is closed when the test ends. */
function listener(test: TestContext): (target: string) => Promise<Server> {
  return (target) =>
    new Promise((resolve, reject) => {
      const server = createServer((socket) => socket.destroy());
      test.after(() => server.close());
      server.once("error", reject);
      server.listen(target.slice("unix:".length), () => resolve(server));
    });
}

/** A socket's file that outlived its server, as after kill -9. */
async function leaveStale(test: TestContext, path: string): Promise<void> {
  const server = await listener(test)(`unix:${path}.1`);
  linkSync(`${path}.1`, path);
  await new Promise((resolve) => server.close(resolve));
}

function isUnavailable(words: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof IpftraceError, String(error));
    assert.equal(error.code, "UNAVAILABLE");
    assert.match(error.message, words);
    return true;
  };
}

async function neverBinds(): Promise<void> {
  assert.fail("it was bound");
}

describe("bindSafely", () => {
  for (const umask of [0o000, 0o022, 0o077, 0o777]) {
    it(`leaves a socket of mode 0660 under umask ${umask.toString(8)}, shut to all others until then`, async (test) => {
      const path = join(temporaryFolder(test), "s");
      const before = process.umask(umask);
      try {
        let modeAtBind = 0o777;
        await bindSafely(unix(path), async (target) => {
          await listener(test)(target);
          modeAtBind = statSync(path).mode & 0o777;
        });
        assert.equal(modeAtBind & 0o077, 0);
        assert.equal(statSync(path).mode & 0o777, 0o660);
        assert.equal(process.umask(), umask, "the umask is put back");
      } finally {
        process.umask(before);
      }
    });
  }

  it("gives the socket to a group, by number or by name, and says when there is none", async (test) => {
    const own = process.getgid?.() ?? 0;
    const path = join(temporaryFolder(test), "s");
    await bindSafely(parseListenAddress(`unix:${path}@reader:${own}`), listener(test));
    assert.deepEqual([statSync(path).gid, statSync(path).mode & 0o777], [own, 0o660]);
    const unknown = parseListenAddress(`unix:${path}2@reader:no-such-group`);
    await assert.rejects(bindSafely(unknown, neverBinds), /there is no group "no-such-group" in \/etc\/group: make it/);
  });

  it("makes the folder where there is none", async (test) => {
    const path = join(temporaryFolder(test), "a/b/s");
    await bindSafely(unix(path), listener(test));
    assert.ok(statSync(path).isSocket());
  });

  it("takes over a socket that nobody serves", async (test) => {
    const path = join(temporaryFolder(test), "s");
    await leaveStale(test, path);
    assert.ok(statSync(path).isSocket());
    await bindSafely(unix(path), listener(test));
    await assert.rejects(bindSafely(unix(path), neverBinds), isUnavailable(/another server is serving it/));
  });

  it("refuses a socket that is served, and leaves it alone", async (test) => {
    const path = join(temporaryFolder(test), "s");
    await listener(test)(`unix:${path}`);
    const before = lstatSync(path);
    await assert.rejects(bindSafely(unix(path), neverBinds), isUnavailable(/another server is serving it/));
    assert.equal(lstatSync(path).ino, before.ino);
  });

  it("refuses a regular file, and leaves it alone", async (test) => {
    const path = join(temporaryFolder(test), "s");
    writeFileSync(path, "precious");
    await assert.rejects(bindSafely(unix(path), neverBinds), isUnavailable(/exists and is not a socket/));
    assert.equal(readFileSync(path, "utf8"), "precious");
  });

  it("refuses a folder, and a link to a socket", async (test) => {
    const folder = temporaryFolder(test);
    mkdirSync(join(folder, "d"));
    await leaveStale(test, join(folder, "s"));
    symlinkSync(join(folder, "s"), join(folder, "l"));
    for (const name of ["d", "l"]) {
      await assert.rejects(bindSafely(unix(join(folder, name)), neverBinds), isUnavailable(/is not a socket/), name);
    }
    assert.ok(statSync(join(folder, "s")).isSocket());
  });

  it("tells why binding failed, and puts the umask back", async (test) => {
    const path = join(temporaryFolder(test), "s");
    const umask = process.umask();
    const failing = async (): Promise<void> => {
      throw new Error("EADDRINUSE");
    };
    await assert.rejects(bindSafely(unix(path), failing), isUnavailable(/cannot listen on unix:.*: EADDRINUSE/));
    assert.equal(process.umask(), umask);
    const tcp = parseListenAddress("127.0.0.1:1", { insecure: true });
    await assert.rejects(bindSafely(tcp, failing), isUnavailable(/cannot listen on 127\.0\.0\.1:1: EADDRINUSE/));
  });

  it("binds TCP as it is told", async () => {
    const targets: string[] = [];
    await bindSafely(parseListenAddress("[::1]:50051", { insecure: true }), async (target) => targets.push(target));
    assert.deepEqual(targets, ["[::1]:50051"]);
  });
});

describe("groupId", () => {
  it("reads the system's groups", (test) => {
    const file = join(temporaryFolder(test), "group");
    writeFileSync(file, "root:x:0:\nnetops:x:117:ann,bob\nnet:x:118:\n");
    assert.deepEqual(
      ["root", "netops", "net", "42"].map((group) => groupId(group, file)),
      [0, 117, 118, 42],
    );
    for (const none of ["netop", "x", "NET", "-1"]) assert.throws(() => groupId(none, file), /there is no group/, none);
  });
});
