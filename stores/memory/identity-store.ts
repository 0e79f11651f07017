/** The identity store in memory: until identities are merged, each identifier resolves to itself. */
export { createSelfIdentityStore as createMemoryIdentityStore } from "../ports/resolve-to-self.ts";
