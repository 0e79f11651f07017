/** The identity stores in memory and of the embedded profile keep the contract of the port. */
import { createEmbeddedIdentityStore } from "../../stores/embedded/identity-store.ts";
import { createMemoryIdentityStore } from "../../stores/memory/identity-store.ts";
import { identityStoreContract } from "./identity-store.contract.ts";

identityStoreContract({ name: "memory IdentityStore", open: () => Promise.resolve(createMemoryIdentityStore()) });
identityStoreContract({ name: "embedded IdentityStore", open: () => Promise.resolve(createEmbeddedIdentityStore()) });
