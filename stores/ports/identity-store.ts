/** The port of identity: which identifiers are one entity. Every read of an entity goes through it. */

/** What an identifier resolves to. An entity is read as the combination of its members. */
export interface ResolvedIdentity {
  /** Typed canonical identifier: `member:42`. */
  readonly canonical: string;
  /** All identifiers whose values make up the entity, the canonical one first. */
  readonly members: readonly string[];
}

export interface IdentityStore extends AsyncDisposable {
  /** Resolves typed identifiers of one entity type, one answer each, in order. An unknown one stands for itself. */
  resolve(entity: string, identifiers: readonly string[]): Promise<readonly ResolvedIdentity[]>;
}
