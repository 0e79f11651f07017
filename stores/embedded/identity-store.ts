/** The identity store of the embedded profile: until identities are merged, each identifier resolves to itself. */
export { createSelfIdentityStore as createEmbeddedIdentityStore } from "../ports/resolve-to-self.ts";
