/** Identity before entities are merged: every identifier is its own entity. Reads already go through the port. */
import type { IdentityStore, ResolvedIdentity } from "./identity-store.ts";

/** An identity store without edges: it holds nothing, and there is nothing to release. */
export function createSelfIdentityStore(): IdentityStore {
  return {
    resolve: (_entity, identifiers) => Promise.resolve(identifiers.map(resolveToSelf)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function resolveToSelf(identifier: string): ResolvedIdentity {
  return { canonical: identifier, members: [identifier] };
}
