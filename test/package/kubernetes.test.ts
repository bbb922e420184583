/**
 * The manifests for Kubernetes: by the schemas of its own API, and against what they mount and name.
 * They are not applied to a cluster here.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DaemonSet } from "kubernetes-models/apps/v1";
import { ConfigMap, Namespace, Secret } from "kubernetes-models/v1";
import { parse } from "yaml";
import { parseCommandLine } from "../../src/cli/parse.js";
import { resolveConfig } from "../../src/config/resolve.js";
import { version } from "../../src/release/version.js";

const folder = fileURLToPath(new URL("../../packaging/kubernetes", import.meta.url));
const read = (name: string): unknown => parse(readFileSync(join(folder, name), "utf8"));

const models = { DaemonSet, ConfigMap, Namespace, Secret };
/** Kustomize's own file is no object of a cluster. */
const KUSTOMIZATION = "kustomization.yaml";
const manifests = readdirSync(folder).filter((name) => name !== KUSTOMIZATION);

/** An object that notes which of its keys are looked at, and those of the objects in it. */
function watched(value: unknown, path: string, seen: Set<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const inner: unknown = Reflect.get(target, key);
      if (typeof key !== "string" || !Object.hasOwn(target, key)) return inner;
      seen.add(`${path}.${key}`);
      return watched(inner, `${path}.${key}`, seen);
    },
  });
}

function paths(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${path}.${key}`, ...paths(inner, `${path}.${key}`)]);
}

/** What a schema says about an object. It leaves unknown keys alone: those are the ones that it never looks at. */
function faults(object: unknown): string[] {
  const { kind } = object as { kind: keyof typeof models };
  const seen = new Set<string>();
  const model = new models[kind](object as never);
  try {
    model.validate.call(watched(model, "", seen) as never);
  } catch (reason) {
    return [String(reason)];
  }
  return paths(object, "").flatMap((path) => (seen.has(path) ? [] : [`${path.slice(1)} is not known`]));
}

for (const name of manifests) {
  test(`${name} fits the schema of its kind`, () => assert.deepEqual(faults(read(name)), []));
}

describe("the check itself notices", () => {
  const daemonSet = read("daemonset.yaml") as { spec: { template: { spec: Record<string, unknown> } } };
  const wrong = (change: Record<string, unknown>): unknown => ({
    ...daemonSet,
    spec: {
      ...daemonSet.spec,
      template: { ...daemonSet.spec.template, spec: { ...daemonSet.spec.template.spec, ...change } },
    },
  });
  test("a wrong type", () => assert.match(faults(wrong({ hostNetwork: "yes" })).join(), /hostNetwork/));
  test("an unknown key", () =>
    assert.deepEqual(faults(wrong({ hostnetwork: true })), ["spec.template.spec.hostnetwork is not known"]));
  test("a missing one", () => assert.match(faults(wrong({ containers: [{ image: "x" }] })).join(), /name/));
});

describe("the DaemonSet", () => {
  const daemonSet = new DaemonSet(read("daemonset.yaml") as never);
  const pod = daemonSet.spec?.template.spec;
  const container = pod?.containers[0];
  const mounted = new Map(container?.volumeMounts?.map((mount) => [mount.mountPath, mount]));

  test("selects its own pods, in the namespace that is made for it", () => {
    assert.deepEqual(daemonSet.spec?.template.metadata?.labels, daemonSet.spec?.selector.matchLabels);
    const namespace = read("namespace.yaml") as { metadata: { name: string } };
    for (const name of manifests.filter((one) => one !== "namespace.yaml")) {
      assert.equal(
        (read(name) as { metadata: { namespace: string } }).metadata.namespace,
        namespace.metadata.name,
        name,
      );
    }
  });
  test("mounts each of its volumes, and no other", () => {
    const names = pod?.volumes?.map((volume) => volume.name).sort();
    assert.deepEqual([...mounted.values()].map((mount) => mount.name).sort(), names);
  });
  test("runs this version", () => assert.equal(container?.image, `ipftrace:${version}`));
  test("has no right but the three that tracing takes", () => {
    assert.deepEqual(container?.securityContext?.capabilities, { drop: ["ALL"], add: ["BPF", "PERFMON", "SYSLOG"] });
    assert.equal(container?.securityContext?.privileged, false);
    assert.equal(container?.securityContext?.allowPrivilegeEscalation, false);
    assert.equal(pod?.hostPID, undefined);
    assert.equal(pod?.hostIPC, undefined);
  });

  const text = (read("configmap.yaml") as { data: Record<string, string> }).data["ipftraced.yaml"] ?? "";
  const { config } = resolveConfig({ flags: new Map(), environment: {}, file: { path: "ipftraced.yaml", text } });
  test("its configuration is valid, and is where the server looks for it", () => {
    assert.ok(mounted.has("/etc/ipftrace/ipftraced.yaml"));
  });
  test("its certificates are in the secret, and where the configuration says", () => {
    const secret = read("secret.yaml") as { metadata: { name: string }; stringData: Record<string, string> };
    const volume = pod?.volumes?.find((one) => one.name === mounted.get("/etc/ipftrace/tls")?.name);
    assert.equal(volume?.secret?.secretName, secret.metadata.name);
    const { certificate, key, clientAuthority } = config.security.tls;
    const files = Object.keys(secret.stringData).map((file) => `/etc/ipftrace/tls/${file}`);
    assert.deepEqual([certificate, key, clientAuthority].sort(), files.sort());
  });
  test("its port is the one that is served, on all addresses", () => {
    const port = container?.ports?.[0]?.containerPort;
    assert.ok(config.listen.some(({ address }) => address === `0.0.0.0:${port}`));
  });
  test("its probes are commands that ipftrace has, to a socket that is served", () => {
    for (const probe of [container?.startupProbe, container?.readinessProbe]) {
      const [program, ...words] = probe?.exec?.command ?? [];
      assert.equal(program, "/usr/bin/ipftrace");
      const parsed = parseCommandLine(words);
      assert.ok("value" in parsed, "error" in parsed ? parsed.error : "");
      const { server } = parsed.value.values;
      assert.ok(
        config.listen.some(({ address }) => address === server),
        `${server} is not served`,
      );
    }
  });
});

test("kustomization.yaml names files that are there", () => {
  const { resources } = read(KUSTOMIZATION) as { resources: string[] };
  assert.deepEqual(
    resources.filter((name) => !manifests.includes(name)),
    [],
  );
});
