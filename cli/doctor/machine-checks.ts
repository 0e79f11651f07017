/** The checks that hold for every profile: this program and the declarations. */
import { ok, failed, type Check } from "./check.ts";
import { readDeclarations } from "../declarations.ts";
import { isAtLeast } from "./versions.ts";

/** As `engines` of the package says. */
const LEAST_NODE = "20.15";

export interface MachineFacts {
  /** Folder of the declarations. */
  readonly domains: string;
  /** Of Onefold. */
  readonly version: string;
}

export function machineChecks({ domains, version }: MachineFacts): readonly Check[] {
  return [
    {
      name: "program",
      where: process.execPath,
      async run() {
        const { node } = process.versions;
        const text = `Onefold ${version}, Node ${node}, ${process.platform} ${process.arch}`;
        if (isAtLeast(node, LEAST_NODE)) return ok(text);
        return failed(text, `Install Node ${LEAST_NODE} or newer.`);
      },
    },
    {
      name: "declarations",
      where: domains,
      async run() {
        const platform = await readDeclarations(domains);
        const names = platform.domains.map(({ name }) => name).join(", ");
        return ok(`${String(platform.domains.length)} domains: ${names}`);
      },
    },
  ];
}
