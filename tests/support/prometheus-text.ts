/** Reads metrics in Prometheus's text format, strictly: a line that is not of the format is an error. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadMetrics {
  readonly samples: readonly Sample[];
  /** By name, as `# TYPE` says. */
  readonly types: ReadonlyMap<string, string>;
  /** The value of one sample. @throws if there is none, or more than one */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
}

export function readPrometheusText(text: string): ReadMetrics {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line);
    if (type !== null) {
      if (types.has(type[1] ?? "")) throw new Error(`${line} stands there twice.`);
      types.set(type[1] ?? "", type[2] ?? "");
      continue;
    }
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found === null) throw new Error(`No sample: ${line}`);
    const labels = [...(found[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value]);
    samples.push({ name: found[1] ?? "", labels: Object.fromEntries(labels), value: Number(found[3]) });
  }
  return {
    samples,
    types,
    value(name, labels = {}) {
      const wanted = Object.entries(labels);
      const matching = samples.filter((each) => each.name === name && wanted.every(([k, v]) => each.labels[k] === v));
      const [only] = matching;
      if (only === undefined || matching.length > 1) {
        throw new Error(`${String(matching.length)} samples of ${name} with ${JSON.stringify(labels)}`);
      }
      return only.value;
    },
  };
}
