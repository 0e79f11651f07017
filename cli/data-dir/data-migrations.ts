/** How a data directory of an older format becomes one of the next: one step a format. */

export interface DataMigration {
  /** The format that it reads. It leaves the next one. */
  readonly from: number;
  /** Interrupted, it is run again from its start: what it has done may not disturb it. */
  run(dataDir: string): Promise<void>;
}

/** The first format is the only one so far. */
export const dataMigrations: readonly DataMigration[] = [];
