/** What a gateway takes of files. */

export interface UploadSettings {
  /** Of one request. @default 10 */
  readonly maxFiles: number;
  /** Of one file. @default 10 MiB */
  readonly maxFileBytes: number;
  /** Of one request, all told. @default 50 MiB */
  readonly maxBytes: number;
  /** How long a mutation that sends files to a subgraph may take, in milliseconds. @default 60_000 */
  readonly timeoutMs: number;
}

export const uploadDefaults: UploadSettings = {
  maxFiles: 10,
  maxFileBytes: 10 * 1024 * 1024,
  maxBytes: 50 * 1024 * 1024,
  timeoutMs: 60_000,
};
