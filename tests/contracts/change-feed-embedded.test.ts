/** The change feed of the embedded profile keeps the contract of the port, and outlives its process. */
import { openEmbeddedChangeFeed } from "../../stores/embedded/change-feed.ts";
import { changeFeedContract } from "./change-feed.contract.ts";
import { durableChangeFeedContract } from "./durable-change-feed.contract.ts";

const name = "embedded ChangeFeed";
const open = (path: string): ReturnType<typeof openEmbeddedChangeFeed> => openEmbeddedChangeFeed({ path });

changeFeedContract({ name, open });
durableChangeFeedContract({ name, open, feedThread: "feed-thread" });
