/** The change feed in memory keeps the contract of the port. */
import { createMemoryChangeFeed } from "../../stores/memory/change-feed.ts";
import { changeFeedContract } from "./change-feed.contract.ts";

changeFeedContract({ name: "memory ChangeFeed", open: () => Promise.resolve(createMemoryChangeFeed()) });
