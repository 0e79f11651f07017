/** What a fault test needs of a profile: processes that it may start and kill, and a way in for raw events. */
import type { Tally } from "../../../ingest/models/outcome-tallies.ts";
import type { Launch, OnefoldProcess } from "./onefold-process.ts";

export interface Deployment extends AsyncDisposable {
  readonly profile: "embedded" | "distributed";
  readonly dataDir: string;
  /** Starts what answers and ingests; healthy when it resolves. */
  start(launch?: Launch): Promise<OnefoldProcess>;
  /** As {@link start}, without waiting for its health. */
  launch(launch?: Launch): Promise<OnefoldProcess>;
  /** Brings raw events in, in order; resolves when the log has them for good. Rejects where it cannot tell. */
  produce(through: OnefoldProcess, texts: readonly (string | Buffer)[]): Promise<void>;
  /** What became of the records that it took in since it started, as its metrics tell it, once they tell of so many. */
  tallies(process: OnefoldProcess, records: number): Promise<Tally>;
  /** Runs a command on this deployment and gives its `--json` object. */
  command(args: readonly string[]): Promise<Record<string, unknown>>;
}
