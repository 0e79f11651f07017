/** The Kubernetes manifests as data, and two checks of manifests: values by JSON schema, and names that the API does not have. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Service } from "kubernetes-models/v1/Service";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const root = join(import.meta.dirname, "../..");
export const manifestFolder = join(root, "deploy/kubernetes");

/** Each kind with the module that knows it. */
const kinds = {
  ConfigMap: { module: "kubernetes-models/v1/ConfigMap", Model: ConfigMap },
  Service: { module: "kubernetes-models/v1/Service", Model: Service },
  Deployment: { module: "kubernetes-models/apps/v1/Deployment", Model: Deployment },
  PodDisruptionBudget: { module: "kubernetes-models/policy/v1/PodDisruptionBudget", Model: PodDisruptionBudget },
  NetworkPolicy: { module: "kubernetes-models/networking.k8s.io/v1/NetworkPolicy", Model: NetworkPolicy },
  HorizontalPodAutoscaler: {
    module: "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler",
    Model: HorizontalPodAutoscaler,
  },
} as const;

export function readManifests(): readonly Manifest[] {
  return readdirSync(manifestFolder)
    .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
    .flatMap((file) => parseAllDocuments(readFileSync(join(manifestFolder, file), "utf8")))
    .map((document) => {
      if (document.errors.length > 0) throw new Error(String(document.errors[0]));
      return document.toJS() as Manifest;
    });
}

function kindOf({ kind }: Manifest): (typeof kinds)[keyof typeof kinds] {
  const found = Object.entries(kinds).find(([name]) => name === kind)?.[1];
  if (found === undefined) throw new Error(`No schema is known for ${kind}.`);
  return found;
}

/** Checks kind, version and values. @throws Error with the place of what is wrong */
export function validateManifest(manifest: Manifest): void {
  const { Model } = kindOf(manifest);
  const model = new Model(manifest);
  if (model.apiVersion !== manifest.apiVersion) throw new Error(`${manifest.kind} is of ${model.apiVersion}.`);
  model.validate();
}

/** The JSON schemas let unknown names pass; the types do not. Gives the compiler's words on each. */
export function unknownNames(manifests: readonly Manifest[]): readonly string[] {
  const path = join(root, "tests/deploy/manifests-as-types.ts");
  const source = manifests
    .map((manifest, i) => {
      const type = `import("${kindOf(manifest).module}").I${manifest.kind}`;
      return `export const manifest${i}: ${type} = ${JSON.stringify(manifest)};`;
    })
    .join("\n");
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (file) => (file === path ? source : readFile(file));
  host.fileExists = (file) => file === path || fileExists(file);
  const program = ts.createProgram([path], options, host);
  const file = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, " "),
  );
}
