/** The file source's public face. */
export { ingestFile, type IngestFileDeps, type IngestFileOptions, type IngestFileResult } from "./ingest-file.ts";
