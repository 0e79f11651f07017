/** Keeps the list of trusted documents as its file says: one that cannot be taken is refused, and the one before serves on. */
import type { GatewayLogger } from "../gateway-logger.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import { TrustedDocuments } from "../server/trusted-documents.ts";
import { readDocumentList } from "./read-document-list.ts";
import { readWatchedFile } from "./read-watched-file.ts";
import { watchFile } from "./watch-file.ts";

export interface DocumentWatch {
  readonly path: string;
  /** How often the file is looked at, in milliseconds. */
  readonly everyMs: number;
  readonly logger: GatewayLogger;
  readonly monitor: GatewayMonitor | undefined;
}

export interface WatchedDocuments extends Disposable {
  readonly documents: TrustedDocuments;
  /** Why the file as it is now does not serve; null: it does. */
  readonly refusal: string | null;
}

/** @throws OnefoldError INPUT_INVALID: there is nothing to serve instead */
export async function watchTrustedDocuments({
  path,
  everyMs,
  logger,
  monitor,
}: DocumentWatch): Promise<WatchedDocuments> {
  const file = { what: "list of trusted documents", path };
  const first = await readWatchedFile(file);
  const documents = new TrustedDocuments(await readDocumentList(first, path));
  let refusal: string | null = null;
  const refuse = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === refusal) return;
    refusal = reason;
    logger.error({ reason }, "A new list of trusted documents is refused; the one before goes on serving.");
    monitor?.documentsReloaded?.("refused");
  };
  const take = async (text: string): Promise<void> => {
    try {
      documents.replace(await readDocumentList(text, path));
    } catch (error) {
      refuse(error);
      return;
    }
    refusal = null;
    logger.info({ documents: documents.size }, "A new list of trusted documents serves.");
    monitor?.documentsReloaded?.("served");
  };
  const watch = watchFile({ ...file, everyMs, onText: take, onFault: refuse }, first);
  return {
    documents,
    get refusal() {
      return refusal;
    },
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}
