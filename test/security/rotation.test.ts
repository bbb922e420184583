import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import { IpftraceError } from "../../src/errors.js";
import { readCertificates } from "../../src/security/certificates.js";
import { Authority, type Pair } from "../helpers/certificates.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { getNodeWith, startTls, withPair } from "./tls-server.js";

const timeout = 60_000;

/** The common name of the certificate that a server shows. */
function shownBy(target: string, authority: Authority): Promise<string> {
  const [host = "", port] = target.split(":");
  const { certificate, key } = authority.issue({ cn: "a" });
  const files = { ca: authority.certificate, cert: certificate, key };
  const [ca, cert, ownKey] = [files.ca, files.cert, files.key].map((path) => readFileSync(path));
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      { host, port: Number(port), ca, cert, key: ownKey, ALPNProtocols: ["h2"] } as object,
      () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

/** Puts a file into the place of another in one step, as tools do that renew certificates. */
function replace(path: string, from: string): void {
  copyFileSync(from, `${path}.new`);
  renameSync(`${path}.new`, path);
}

async function replaceable(test: TestContext) {
  const authority = new Authority(test);
  const folder = temporaryFolder(test);
  const files: Pair = { certificate: join(folder, "tls.crt"), key: join(folder, "tls.key") };
  const put = ({ certificate, key }: Pair): void => {
    replace(files.key, key);
    replace(files.certificate, certificate);
  };
  put(authority.issueServer({ cn: "first" }));
  const { target, server } = await startTls(test, undefined, files, authority);
  const shown = async (): Promise<string> => {
    await server.listeners.look();
    return shownBy(target, authority);
  };
  return { authority, files, put, target, server, shown };
}

describe("certificates that are replaced", { timeout }, () => {
  it("are used for connections from then on; those that stand go on", async (test) => {
    const { authority, put, target, shown } = await replaceable(test);
    assert.equal(await shown(), "first");
    const good = withPair(authority, authority.issue({ cn: "a" }));
    await getNodeWith(target, good);
    put(authority.issueServer({ cn: "second" }));
    assert.equal(await shown(), "second");
    assert.equal((await getNodeWith(target, good)).caller?.identity, "a");
  });

  it("are found behind links that are swapped, as Kubernetes swaps them", async (test) => {
    const authority = new Authority(test);
    const folder = temporaryFolder(test);
    const version = (name: string): void => {
      const { certificate, key } = authority.issueServer({ cn: name });
      mkdirSync(join(folder, `..${name}`));
      copyFileSync(certificate, join(folder, `..${name}`, "tls.crt"));
      copyFileSync(key, join(folder, `..${name}`, "tls.key"));
      symlinkSync(`..${name}`, join(folder, "..data_tmp"));
      renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    };
    version("first");
    for (const name of ["tls.crt", "tls.key"]) symlinkSync(`..data/${name}`, join(folder, name));
    const files = { certificate: join(folder, "tls.crt"), key: join(folder, "tls.key") };
    const { target, server } = await startTls(test, undefined, files, authority);
    assert.equal(await shownBy(target, authority), "first");
    version("second");
    await server.listeners.look();
    assert.equal(await shownBy(target, authority), "second");
  });

  const bad: [what: string, breakIt: (files: Pair, authority: Authority) => void][] = [
    [
      "a certificate without its key",
      (files, authority) => replace(files.certificate, authority.issueServer().certificate),
    ],
    ["a key without its certificate", (files, authority) => replace(files.key, authority.issueServer().key)],
    ["half a file", (files) => writeFileSync(files.certificate, readFileSync(files.certificate).subarray(0, 200))],
    ["an empty file", (files) => writeFileSync(files.key, "")],
    ["no file", (files) => rmSync(files.certificate)],
    [
      "an expired certificate",
      (files, authority) => {
        const pair = authority.issueServer({ expired: true });
        replace(files.key, pair.key);
        replace(files.certificate, pair.certificate);
      },
    ],
  ];
  for (const [what, breakIt] of bad) {
    it(`by ${what} stay as they were, until good ones come`, async (test) => {
      const { authority, files, put, server, shown } = await replaceable(test);
      const notAfterMs = server.listeners.notAfterMs();
      breakIt(files, authority);
      assert.equal(await shown(), "first");
      assert.equal(server.listeners.notAfterMs(), notAfterMs);
      put(authority.issueServer({ cn: "third" }));
      assert.equal(await shown(), "third");
    });
  }

  it("tell when they expire", async (test) => {
    const { server, files } = await replaceable(test);
    const read = await readCertificates({ ...files, clientAuthority: files.certificate }, Date.now()).catch(String);
    assert.match(String(read), /is not an authority/);
    const inDays = ((server.listeners.notAfterMs() ?? 0) - Date.now()) / 86_400_000;
    assert.ok(inDays > 9 && inDays < 11, `${inDays}`);
  });
});

describe("certificates that cannot be served", { timeout }, () => {
  it("are refused with the file, and what is wrong with it", async (test) => {
    const authority = new Authority(test);
    const good = { ...authority.issueServer(), clientAuthority: authority.certificate };
    const folder = temporaryFolder(test);
    const text = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----END ENCRYPTED PRIVATE KEY-----\n";
    const cases: [change: Partial<typeof good>, said: RegExp][] = [
      [{ certificate: join(folder, "none") }, /none: cannot be read: ENOENT/],
      [{ certificate: text("a", "hello") }, /\/a: has no certificate: it needs PEM/],
      [
        { certificate: text("b", `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`) },
        /\/b: .*cannot be read/,
      ],
      [{ key: text("c", "hello") }, /\/c: has no private key/],
      [{ key: text("d", locked) }, /\/d: is encrypted: give a key without a passphrase/],
      [{ key: authority.issue({}).key }, /is not the key of the first certificate in /],
      [{ clientAuthority: good.certificate }, /"CN=server" is not an authority/],
      [authority.issueServer({ expired: true }), /"CN=server" has expired at Jan {2}2 .*2020 GMT: renew it/],
    ];
    for (const [change, said] of cases) {
      await assert.rejects(readCertificates({ ...good, ...change }, Date.now()), (error) => {
        assert.ok(error instanceof IpftraceError, String(error));
        assert.match(error.message, said);
        return true;
      });
    }
    await assert.rejects(readCertificates(good, 0), /is not valid before .*: mind the clock/);
    await readCertificates(good, Date.now());
  });
});
