/** Metrics whose children are looked up once and then counted in by hand: the library looks a child up with each count. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface MetricShape<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
}

export type LabelsOf<Label extends string> = Readonly<Record<Label, string>>;

/** What a scrape finds of one child. */
export interface Tally {
  value: number;
}

export type Children<Label extends string, Child> = (labels: LabelsOf<Label>) => Child;

/** The same child for the same labels. */
export function countChildren<Label extends string>(
  registry: Registry,
  shape: MetricShape<Label>,
): Children<Label, Tally> {
  const { children, childOf } = keepTallies(shape);
  new Counter<Label>({
    ...shape,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of children.values()) this.inc(labels, value);
    },
  });
  return childOf;
}

export function gaugeChildren<Label extends string>(
  registry: Registry,
  shape: MetricShape<Label>,
): Children<Label, Tally> {
  const { children, childOf } = keepTallies(shape);
  new Gauge<Label>({
    ...shape,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of children.values()) this.set(labels, value);
    },
  });
  return childOf;
}

interface KeptTally<Label extends string> extends Tally {
  readonly labels: LabelsOf<Label>;
}

function keepTallies<Label extends string>({ labelNames }: MetricShape<Label>) {
  const children = new Map<string, KeptTally<Label>>();
  const childOf = (labels: LabelsOf<Label>): Tally => {
    const key = keyOf(labelNames, labels);
    let child = children.get(key);
    if (child === undefined) children.set(key, (child = { labels, value: 0 }));
    return child;
  };
  return { children, childOf };
}

function keyOf<Label extends string>(names: readonly Label[], labels: LabelsOf<Label>): string {
  const [only] = names;
  return names.length === 1 && only !== undefined ? labels[only] : names.map((name) => labels[name]).join("\n");
}

/** Observations of one child. */
export class HistogramChild {
  readonly labels: Readonly<Record<string, string>>;
  /** Observations by bucket, each in the first that takes it; the last one takes what is beyond all bounds. */
  readonly counts: Float64Array;
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(labels: Readonly<Record<string, string>>, bounds: readonly number[]) {
    this.labels = labels;
    this.counts = new Float64Array(bounds.length + 1);
    this.#bounds = bounds;
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? Infinity)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
  }
}

interface HistogramShape<Label extends string> extends MetricShape<Label> {
  /** Ascending. */
  readonly buckets: readonly number[];
}

/** The same child for the same labels. */
export function histogramChildren<Label extends string>(
  registry: Registry,
  shape: HistogramShape<Label>,
): Children<Label, HistogramChild> {
  const children = new Map<string, HistogramChild>();
  new KeptHistogram(registry, shape, children);
  return (labels) => {
    const key = keyOf(shape.labelNames, labels);
    let child = children.get(key);
    if (child === undefined) children.set(key, (child = new HistogramChild(labels, shape.buckets)));
    return child;
  };
}

/** A histogram as the library exports it, whose observations are kept here. */
class KeptHistogram extends Histogram {
  readonly #children: ReadonlyMap<string, HistogramChild>;
  readonly #shape: HistogramShape<string>;

  constructor(registry: Registry, shape: HistogramShape<string>, children: ReadonlyMap<string, HistogramChild>) {
    super({ ...shape, buckets: [...shape.buckets], registers: [registry] });
    this.#children = children;
    this.#shape = shape;
  }

  override async get(): ReturnType<Histogram["get"]> {
    const metric = await super.get();
    const { name, buckets } = this.#shape;
    const values: typeof metric.values = [];
    for (const { labels, counts, sum } of this.#children.values()) {
      let count = 0;
      for (const [at, bound] of [...buckets, "+Inf"].entries()) {
        count += counts[at] ?? 0;
        values.push({ metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: count });
      }
      values.push(
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      );
    }
    return { ...metric, values };
  }
}
