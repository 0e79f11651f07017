/** The domain model: everything that the declarations say, as plain immutable data. Every later stage starts from it. */
import type { DocumentNode } from "graphql";
import type { EntityModel } from "./entity.ts";
import type { EventModel } from "./event.ts";
import type { RankingModel, SeriesModel } from "./series.ts";
import type { SourceModel } from "./source.ts";

export interface DomainModel {
  readonly name: string;
  readonly owner: string;
  readonly description: string | null;
  /** The file it was declared in, as given to the compiler. */
  readonly file: string;
  /** The author's SDL, parsed. */
  readonly document: DocumentNode;
}

export interface PlatformModel {
  readonly domains: readonly DomainModel[];
  readonly sources: readonly SourceModel[];
  readonly events: readonly EventModel[];
  readonly entities: readonly EntityModel[];
  readonly series: readonly SeriesModel[];
  readonly rankings: readonly RankingModel[];
  /** Changes exactly when stored models would differ; kept with the data to detect a changed declaration. */
  readonly fingerprint: string;
}
