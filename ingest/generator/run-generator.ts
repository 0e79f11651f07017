/** Runs the generator into the log: the catalogue once for ever, then traffic, at a rate or as fast as the log takes it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CursorVector } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { ProducerState } from "../../stores/ports/event-log.ts";
import type { Progress } from "../progress.ts";
import { createGenerator } from "./create-generator.ts";
import type { FlawShares } from "./flaws.ts";
import type { GeneratedRecord } from "./generated-record.ts";
import { createGenericGenerator, type RecordStream } from "./generic-generator.ts";
import { RecordAppender, type RecordAppenderDeps } from "./record-appender.ts";
import { scriptedSources, type ScriptedSource } from "./scripted-sources.ts";
import type { WorldSize } from "./world.ts";

export interface RunGeneratorDeps extends RecordAppenderDeps {
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Resolves after so many milliseconds, or at once when the signal aborts. @default a timer */
  readonly wait?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

export interface RunGeneratorOptions {
  readonly seed: number;
  /** How many records of traffic; the catalogue comes on top. Null: until the signal aborts. */
  readonly events: number | null;
  /** Records a second. Null: as fast as the log takes them, over the last 24 hours by their times; needs `events`. */
  readonly ratePerSecond: number | null;
  /** Only this source, and no catalogue; one without a script gets records made from its declaration. Null: all scripted ones. */
  readonly source?: string | null;
  /** Stands in the records' origin. @default "generator" */
  readonly producer?: string;
  readonly world?: WorldSize;
  readonly flaws?: FlawShares;
}

export interface RunGeneratorResult {
  readonly producer: string;
  /** Records appended, the catalogue's included. */
  readonly appended: number;
  readonly catalogue: number;
  readonly bySource: Readonly<Record<string, number>>;
  readonly cursor: CursorVector;
  /** For people: why nothing was generated; null otherwise. */
  readonly note: string | null;
}

const daySpanMs = 86_400_000;
const chunk = 2_000;
const tickMs = 100;

/**
 * Each run with one seed goes on where the runs before it ended: the catalogue is not sent again, and no id comes twice. When
 * `signal` aborts a run without a fixed number of events, that is its normal end.
 * @throws OnefoldError SOURCE_UNKNOWN, INPUT_INVALID; the signal's reason, if a number of events was to be reached
 */
export async function runGenerator(deps: RunGeneratorDeps, options: RunGeneratorOptions): Promise<RunGeneratorResult> {
  const { seed, events, source = null, producer = "generator" } = options;
  const sources = chooseSources(deps, source);
  const appender = new RecordAppender(deps, producer);
  const result = (catalogue: number, note: string | null): RunGeneratorResult => {
    const { appended, bySource, cursor } = appender;
    return { producer, appended, catalogue, bySource, cursor, note };
  };
  if (source === null && sources.length === 0) {
    const note =
      "None of the declared sources is one of the sample domains': name a source to get random events for it.";
    return result(0, note);
  }
  const pace = choosePace(deps, options);
  const open = (run: number): RecordStream =>
    source !== null && sources.length === 0
      ? createGenericGenerator(deps.platform, source, { seed, run, ...pace })
      : createGenerator({ ...options, ...pace, run, sources });
  const catalogue =
    source === null ? await sendCatalogue(deps, appender, { ...options, sources, startMs: deps.clock() }) : 0;
  const stream = await openRun(deps, appender, { name: `generator:${seed}:runs`, events, pace, open });
  const counted = new Counted(deps, appender, events);
  if (stream !== null) await (pace.live ? runLive(deps, stream, counted) : runFlatOut(deps, stream, counted));
  if (events !== null) deps.signal.throwIfAborted();
  return result(catalogue, null);
}

interface Pace {
  readonly live: boolean;
  readonly ratePerSecond: number;
  readonly startMs: number;
  readonly endMs: number | undefined;
  readonly rhythm: number;
}

function choosePace({ clock }: RunGeneratorDeps, { events, ratePerSecond }: RunGeneratorOptions): Pace {
  const now = clock();
  if (ratePerSecond !== null) {
    return { live: true, ratePerSecond: Math.max(1e-3, ratePerSecond), startMs: now, endMs: undefined, rhythm: 0.3 };
  }
  if (events === null) {
    throw new OnefoldError("INPUT_INVALID", "The generator was given neither a number of events nor a rate.");
  }
  const rate = Math.max(1e-6, events / (daySpanMs / 1000));
  return { live: false, ratePerSecond: rate, startMs: now - daySpanMs, endMs: now, rhythm: 1 };
}

/** @throws OnefoldError SOURCE_UNKNOWN */
function chooseSources({ platform }: RunGeneratorDeps, source: string | null): readonly ScriptedSource[] {
  const scripted = scriptedSources(platform);
  if (source === null) return scripted;
  if (!platform.sources.some(({ name }) => name === source)) {
    const known = platform.sources.map(({ name }) => name).join(", ");
    throw new OnefoldError("SOURCE_UNKNOWN", `There is no source ${JSON.stringify(source)}. Declared are: ${known}.`);
  }
  return scripted.filter((name) => name === source);
}

/** Sends what is not yet there, in parts; each part's append keeps how far the source's catalogue has come. */
async function sendCatalogue(
  { log, signal }: RunGeneratorDeps,
  appender: RecordAppender,
  options: RunGeneratorOptions & { readonly sources: readonly ScriptedSource[]; readonly startMs: number },
): Promise<number> {
  let sent = 0;
  for (const [source, records] of createGenerator({ ...options, ratePerSecond: 1 }).catalogue()) {
    const name = `generator:${options.seed}:catalogue:${source}`;
    for (;;) {
      const state = await readState(log, name);
      const from = Number(state?.state ?? 0);
      if (from >= records.length || signal.aborted) break;
      const part = records.slice(from, from + chunk);
      const update = { name, expectedVersion: state?.version ?? 0, state: String(from + part.length) };
      const result = await appender.appendTo(source, part, update);
      if (result.kind === "appended") sent += part.length;
    }
  }
  return sent;
}

interface RunToOpen {
  readonly name: string;
  readonly events: number | null;
  readonly pace: Pace;
  readonly open: (run: number) => RecordStream;
}

/**
 * Takes a run number that no other run has: it is kept with the run's first record, which is sent here. Null: the run was
 * ended before it had one.
 */
async function openRun(deps: RunGeneratorDeps, appender: RecordAppender, run: RunToOpen): Promise<RecordStream | null> {
  while (run.events !== 0 && !deps.signal.aborted) {
    const state = await readState(deps.log, run.name);
    const number = Number(state?.state ?? 0) + 1;
    const stream = run.open(number);
    const [first] = stream.next(1);
    if (first === undefined) return null;
    const update = { name: run.name, expectedVersion: state?.version ?? 0, state: String(number) };
    const result = await appender.appendTo(first.source, [first], update);
    if (result.kind === "appended") return stream;
  }
  return null;
}

async function readState(log: RunGeneratorDeps["log"], name: string): Promise<ProducerState | undefined> {
  return (await log.producers(name)).find((state) => state.name === name);
}

/** How far the run has come; the first record is already sent. */
class Counted {
  readonly #deps: RunGeneratorDeps;
  readonly #appender: RecordAppender;
  readonly #events: number | null;
  #done = 1;
  #bytes = 0;

  constructor(deps: RunGeneratorDeps, appender: RecordAppender, events: number | null) {
    this.#deps = deps;
    this.#appender = appender;
    this.#events = events;
  }

  get left(): number {
    return this.#events === null ? Infinity : this.#events - this.#done;
  }

  async append(records: readonly GeneratedRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#appender.append(records);
    this.#done += records.length;
    this.#bytes += records.reduce((sum, { raw }) => sum + raw.length, 0);
    const totalRecords = this.#events === null ? {} : { totalRecords: this.#events };
    this.#deps.onProgress?.({ recordsRead: this.#done, bytesRead: this.#bytes, totalBytes: null, ...totalRecords });
  }
}

async function runFlatOut({ signal }: RunGeneratorDeps, stream: RecordStream, counted: Counted): Promise<void> {
  while (counted.left > 0 && !signal.aborted) await counted.append(stream.next(Math.min(chunk, counted.left)));
}

/** In ticks. If the log is slower than the rate, or the machine slept, what could not be sent in time is left out. */
async function runLive(
  { clock, signal, wait = defaultWait }: RunGeneratorDeps,
  stream: RecordStream,
  counted: Counted,
): Promise<void> {
  const goesOn = async (): Promise<boolean> => {
    if (counted.left > 0) await wait(tickMs, signal);
    return counted.left > 0 && !signal.aborted;
  };
  while (await goesOn()) {
    const now = clock();
    const most = Math.min(2 * chunk, counted.left);
    const records = stream.until(now, most);
    if (records.length === most) stream.skipTo(now);
    await counted.append(records);
  }
}

async function defaultWait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Aborted: the loop sees it.
  }
}
