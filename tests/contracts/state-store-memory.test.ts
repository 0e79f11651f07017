/** The state store in memory keeps the contract of the port. */
import { createMemoryStateStore } from "../../stores/memory/state-store.ts";
import { stateStoreContract } from "./state-store.contract.ts";

stateStoreContract({ name: "memory StateStore", open: async () => createMemoryStateStore() });
