/** Progress of long work (file ingest, replay, generate), and how a person sees it: a bar on a terminal, else lines. */
import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  readonly recordsRead: number;
  readonly bytesRead: number;
  /** What `bytesRead` will be at the end; null where nobody knows. */
  readonly totalBytes: number | null;
  /** What `recordsRead` will be at the end, where bytes do not measure the work. */
  readonly totalRecords?: number;
  /** What is being done, if it is not the work proper. */
  readonly note?: string;
}

export interface ProgressRenderer extends Disposable {
  show(progress: Progress): void;
  /** Ends the display; the bar's last state stays. Idempotent. */
  stop(): void;
}

export interface ProgressOptions {
  /** What is done, in two or three words. */
  readonly label: string;
  /** Where to write: standard error, mostly, so that standard output stays for the answer. */
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Milliseconds that only grow: `performance.now`. */
  readonly clock: () => number;
  /** Between two plain lines. @default 3,000 ms */
  readonly everyMs?: number;
}

/** Shows rate and time left. Without a terminal, work that is done before the first line is due stays silent. */
export function createProgressRenderer(options: ProgressOptions): ProgressRenderer {
  return options.stream.isTTY === true ? createBar(options) : createLines(options);
}

function createBar({ label, stream, clock }: ProgressOptions): ProgressRenderer {
  const bar = new SingleBar(
    { stream, hideCursor: true, fps: 8, format: `${label} {bar} {text}` },
    Presets.shades_classic,
  );
  const rate = new Rate(clock);
  let running = false;
  const stop = (): void => {
    if (running) bar.stop();
    running = false;
  };
  return {
    show: (progress) => {
      const state = rate.measure(progress);
      if (!running) bar.start(1, 0, { text: "" });
      running = true;
      bar.update(state.share ?? 0, { text: describe(progress, state) });
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

function createLines({ label, stream, clock, everyMs = 3_000 }: ProgressOptions): ProgressRenderer {
  const rate = new Rate(clock);
  let due = clock() + everyMs;
  const stop = (): void => {
    due = Infinity;
  };
  return {
    show: (progress) => {
      const state = rate.measure(progress);
      if (clock() < due) return;
      due = clock() + everyMs;
      stream.write(`${label}: ${describe(progress, state)}\n`);
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

interface RateState {
  readonly recordsPerSecond: number;
  /** Done part of the whole, 0 to 1; null where the whole is not known. */
  readonly share: number | null;
  readonly secondsLeft: number | null;
}

/** Measures from the first record on, so that time spent looking whether a file is known does not count. */
class Rate {
  readonly #clock: () => number;
  #start: { readonly at: number; readonly records: number; readonly share: number } | null = null;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  measure(progress: Progress): RateState {
    const share = shareOf(progress);
    if (progress.note !== undefined) return { recordsPerSecond: 0, share, secondsLeft: null };
    const now = this.#clock();
    this.#start ??= { at: now, records: progress.recordsRead, share: share ?? 0 };
    const seconds = (now - this.#start.at) / 1000;
    if (seconds === 0) return { recordsPerSecond: 0, share, secondsLeft: null };
    const done = share === null ? 0 : share - this.#start.share;
    return {
      recordsPerSecond: (progress.recordsRead - this.#start.records) / seconds,
      share,
      secondsLeft: share === null || done <= 0 ? null : ((1 - share) / done) * seconds,
    };
  }
}

function shareOf({ bytesRead, totalBytes, recordsRead, totalRecords }: Progress): number | null {
  if (totalRecords !== undefined) return totalRecords === 0 ? 1 : Math.min(1, recordsRead / totalRecords);
  if (totalBytes === null) return null;
  return totalBytes === 0 ? 1 : Math.min(1, bytesRead / totalBytes);
}

function describe(progress: Progress, { recordsPerSecond, share, secondsLeft }: RateState): string {
  const percent = share === null ? [] : [`${Math.floor(share * 100)} %`];
  if (progress.note !== undefined) return [...percent, progress.note].join(", ");
  return [
    ...percent,
    `${whole(progress.recordsRead)} records`,
    `${whole(recordsPerSecond)}/s`,
    ...(secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]),
  ].join(", ");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function duration(seconds: number): string {
  const rounded = Math.ceil(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
  return `${Math.floor(rounded / 3600)} h ${Math.floor((rounded % 3600) / 60)} min`;
}
