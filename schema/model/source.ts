/** A declared source: where events of one topic enter, and how a raw record is cut into named raw values. */

export interface SourceModel {
  /** Kebab-case, unique over all domains: `user-behavior`. */
  readonly name: string;
  readonly domain: string;
  /** The log's topic: `events.<name>`. */
  readonly topic: string;
  /** Where rejected records of this source go: `quarantine.<name>`. */
  readonly quarantineTopic: string;
  /** Column names of headerless CSV, in order; null where a CSV file must carry a header line. JSON needs none. */
  readonly csvColumns: readonly string[] | null;
  /** What a file holds when neither its name nor a flag says so. */
  readonly fileFormat: "csv" | "json";
  readonly description: string | null;
}
