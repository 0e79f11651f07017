/** The manifests under `deploy/kubernetes` are valid, and fit each other, the image and the program. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { readStartConfig } from "../../cli/config.ts";
import { loadDomains } from "../../schema/load-domains.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { manifestFolder, readManifests, unknownNames, validateManifest, type Manifest } from "./manifests.ts";

const root = join(import.meta.dirname, "../..");
const manifests = readManifests();
const roles = ["ingest", "subgraph", "gateway"] as const;

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly resources: { readonly requests: object; readonly limits: object };
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string; readonly secret?: object; readonly configMap?: object }[];
}

interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: object };
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
  };
}

interface Service extends Manifest {
  readonly spec: {
    readonly selector: object;
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

function find<Kind extends Manifest>(kind: string, name: string): Kind {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return found as Kind;
}

const podOf = (role: string): PodSpec => find<Deployment>("Deployment", `onefold-${role}`).spec.template.spec;
const containerOf = (role: string): Container => podOf(role).containers[0];

const configText = find<Manifest & { data: Record<string, string> }>("ConfigMap", "onefold-config").data[
  "onefold.yaml"
];

describe("the manifests", () => {
  it.each(manifests.map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
    "are valid: %s %s",
    (_kind, _name, manifest) => {
      expect(() => validateManifest(manifest)).not.toThrow();
    },
  );

  it("have no name that the API does not know", () => {
    expect(unknownNames(manifests)).toEqual([]);
  }, 120_000);

  it("are all listed for kustomize, with an image of this version", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    const listed = parse(readFileSync(join(manifestFolder, "kustomization.yaml"), "utf8")) as {
      resources: readonly string[];
      images: readonly object[];
    };
    expect(listed.resources).toEqual(["configmap.yaml", "ingest.yaml", "subgraph.yaml", "gateway.yaml"]);
    expect(listed.images).toEqual([{ name: "onefold", newTag: version }]);
    expect(roles.map((role) => containerOf(role).image)).toEqual(roles.map(() => `onefold:${version}`));
  });
});

describe("a check of manifests", () => {
  const deployment = find<Deployment>("Deployment", "onefold-ingest");
  const changed = (from: string, to: string): Manifest => {
    const text = JSON.stringify(deployment);
    expect(text).toContain(from);
    return JSON.parse(text.replace(from, to)) as Manifest;
  };

  it.each([
    ["a port that is a word", '"containerPort":4000', '"containerPort":"http"'],
    ["no containers", '"containers":[', '"containers":5,"others":['],
    ["no selector", '"selector":', '"selectors":'],
    ["another version of the API", '"apiVersion":"apps/v1"', '"apiVersion":"apps/v1beta1"'],
  ])("refuses %s", (_claim, from, to) => {
    expect(() => validateManifest(changed(from, to))).toThrow();
  });

  it("refuses names that are mistyped", () => {
    const wrong = [changed('"readinessProbe"', '"readynessProbe"'), changed('"replicas"', '"replicaz"')];
    expect(unknownNames(wrong)).toEqual([
      expect.stringContaining("readynessProbe"),
      expect.stringContaining("replicaz"),
    ]);
  }, 120_000);
});

describe("the settings in the ConfigMap", () => {
  /** As the pods have them: the file, and the files of the Secret beside its folder. */
  async function configOf(role: string) {
    await using folder = await openTemporaryFolder();
    await mkdir(join(folder.path, "config"));
    await mkdir(join(folder.path, "secrets"));
    await writeFile(join(folder.path, "config/onefold.yaml"), configText ?? "");
    for (const name of ["kafka-password", "redis-password", "clickhouse-password"]) {
      await writeFile(join(folder.path, "secrets", name), `${name}\n`);
    }
    const config = readStartConfig({ config: "config/onefold.yaml", role: [role] }, { env: {}, cwd: folder.path });
    if (config.profile !== "distributed") throw new Error("The settings are of another profile.");
    return config;
  }

  it.each(roles)("are right for the role %s, with secrets from files", async (role) => {
    const config = await configOf(role);
    expect([...config.roles]).toEqual([role]);
    expect(config.kafka.sasl?.password).toBe("kafka-password");
    expect(config.redis.password).toBe("redis-password");
    expect(config.clickhouse.password).toBe("clickhouse-password");
  });

  it("let pods be reached, on the ports that they declare", async () => {
    const { host, port, subgraphServer } = await configOf("gateway");
    expect([host, subgraphServer.host]).toEqual(["0.0.0.0", "0.0.0.0"]);
    const http = { name: "http", containerPort: port };
    expect(containerOf("ingest").ports).toEqual([http]);
    expect(containerOf("gateway").ports).toEqual([http]);
    expect(containerOf("subgraph").ports).toEqual([http, { name: "subgraph", containerPort: subgraphServer.port }]);
  });

  it("send gateways to the subgraphs' Service, for each domain that comes with Onefold", async () => {
    const { subgraphs } = await configOf("gateway");
    const { metadata, spec } = find<Service>("Service", "onefold-subgraph");
    const loaded = await loadDomains(join(root, "schema"));
    if (loaded.kind !== "compiled") throw new Error("The declarations have mistakes.");
    const at = `${metadata.name}:${spec.ports[0]?.port ?? 0}`;
    const expected = loaded.platform.domains.map(({ name }) => [name, `http://${at}/${name}/graphql`]);
    expect(
      Object.entries(subgraphs)
        .map(([name, { url }]) => [name, url])
        .sort(),
    ).toEqual(expected.sort());
  });
});

describe.each(roles)("the role %s", (role) => {
  const container = containerOf(role);
  const pod = podOf(role);

  it("is what its pods run, with the ConfigMap's file", () => {
    expect(container.args).toEqual(["start", "--role", role]);
    const mount = container.volumeMounts.find(({ name }) => name === "config")?.mountPath ?? "";
    expect(container.env).toContainEqual({ name: "ONEFOLD_CONFIG", value: `${mount}/onefold.yaml` });
    expect(pod.volumes).toContainEqual({ name: "config", configMap: { name: "onefold-config" } });
    expect(pod.volumes).toContainEqual({ name: "secrets", secret: { secretName: "onefold-secrets" } });
    const secrets = container.volumeMounts.find(({ name }) => name === "secrets")?.mountPath;
    expect(secrets).toBe(join(mount, "../secrets"));
  });

  it("is asked whether it is ready and alive on a port that it has", () => {
    const ports = container.ports.map(({ name }) => name);
    expect(container.readinessProbe.httpGet.path).toBe("/health/ready");
    expect(container.livenessProbe.httpGet.path).toBe("/health/live");
    expect(ports).toContain(container.readinessProbe.httpGet.port);
    expect(ports).toContain(container.livenessProbe.httpGet.port);
  });

  it("has bounds, time to end in order, and no rights", () => {
    expect(container.resources).toMatchObject({
      requests: { cpu: expect.anything() },
      limits: { memory: expect.anything() },
    });
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(container.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
  });

  it("is selected by its Deployment, its Service and its disruption budget", () => {
    const { selector, template } = find<Deployment>("Deployment", `onefold-${role}`).spec;
    const labels = { "app.kubernetes.io/component": role };
    expect(template.metadata.labels).toEqual(labels);
    expect(selector.matchLabels).toEqual(labels);
    const service = find<Service>("Service", `onefold-${role}`).spec;
    expect(service.selector).toEqual(labels);
    const names = container.ports.map(({ name }) => name);
    expect(service.ports.filter(({ targetPort }) => !names.includes(targetPort))).toEqual([]);
    const budget = find<Manifest & { spec: object }>("PodDisruptionBudget", `onefold-${role}`);
    expect(budget.spec).toEqual({ maxUnavailable: 1, selector: { matchLabels: labels } });
  });
});

describe("gateways", () => {
  it("are scaled by one hand: the autoscaler's", () => {
    const { spec } = find<Manifest & { spec: { scaleTargetRef: object } }>(
      "HorizontalPodAutoscaler",
      "onefold-gateway",
    );
    expect(spec.scaleTargetRef).toEqual({ apiVersion: "apps/v1", kind: "Deployment", name: "onefold-gateway" });
    expect(find<Deployment>("Deployment", "onefold-gateway").spec.replicas).toBeUndefined();
  });

  it("alone reach the subgraphs", () => {
    const { spec } = find<Manifest & { spec: object }>("NetworkPolicy", "onefold-subgraph");
    expect(spec).toMatchObject({
      podSelector: { matchLabels: { "app.kubernetes.io/component": "subgraph" } },
      ingress: [
        {
          from: [{ podSelector: { matchLabels: { "app.kubernetes.io/component": "gateway" } } }],
          ports: [{ port: "subgraph" }],
        },
        { ports: [{ port: "http" }] },
      ],
    });
  });
});

/** Of Node, as the command's first line has them. */
async function programFlags(): Promise<readonly string[]> {
  const [line = ""] = (await readFile(join(root, "cli/main.ts"), "utf8")).split("\n");
  const [before, flags = ""] = line.split(" -S node ");
  expect(before).toBe("#!/usr/bin/env");
  return flags.split(" ");
}

it("npm start and the command give Node the same flags", async () => {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { scripts: { start: string } };
  expect(scripts.start.split(" ")).toEqual(["node", ...(await programFlags()), "dist/cli/main.js", "start"]);
});

describe("the image", () => {
  it("runs the built program on Node 20 with glibc, as nobody special, on the ports of the settings", async () => {
    const text = await readFile(join(root, "deploy/Dockerfile"), "utf8");
    const lines = text.split("\n").filter((line) => /^[A-Z]+ /.test(line));
    expect(lines.filter((line) => line.startsWith("FROM"))).toEqual([
      "FROM node:20-slim AS build",
      "FROM node:20-slim",
    ]);
    const last = lines.slice(lines.lastIndexOf("FROM node:20-slim"));
    expect(last).toContain("USER node");
    expect(last).toContain("EXPOSE 4000 4001");
    const entry = last.find((line) => line.startsWith("ENTRYPOINT "))?.slice("ENTRYPOINT ".length) ?? "";
    expect(JSON.parse(entry)).toEqual(["node", ...(await programFlags()), "/onefold/dist/cli/main.js"]);
    // Node's image gives `node` this number, which the pods run as.
    expect(podOf("gateway").securityContext).toMatchObject({ runAsUser: 1000 });
  });
});
