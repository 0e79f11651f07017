/** Opens a file of raw events: what comes in is a path, what goes out is its content in chunks, decompressed. */
import { open, type FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { OnefoldError } from "../../../schema/errors.ts";

const chunkBytes = 256 * 1024;

/** All offsets are offsets of the content: after decompression, a byte order mark included. */
export interface FileContent extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  /** The content's size; null where only decompressing it would tell. */
  readonly totalBytes: number | null;
  /** Reads from an offset to the end, in chunks that are never written to again. @throws OnefoldError INPUT_INVALID */
  chunks(from: number): AsyncIterable<Buffer>;
}

/**
 * Opens a plain or gzip file; which of the two is told by its first bytes, not by its name.
 * @throws OnefoldError INPUT_INVALID for what cannot be read as a file
 */
export async function openContent(path: string): Promise<FileContent> {
  const handle = await openFile(path);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw refusal(path, stat.isDirectory() ? "it is a directory" : "it is not a regular file");
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    const gzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    return {
      path: resolve(path),
      totalBytes: gzip ? null : stat.size,
      chunks: (from) => (gzip ? skipBytes(gunzip(handle, path), from) : readChunks(handle, from)),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === "ENOENT"
        ? "there is no such file"
        : code === "EACCES" || code === "EPERM"
          ? "this user may not read it"
          : code === "EISDIR"
            ? "it is a directory"
            : String(error);
    throw refusal(path, reason, error);
  }
}

function refusal(path: string, reason: string, cause?: unknown): OnefoldError {
  return new OnefoldError("INPUT_INVALID", `The file ${JSON.stringify(path)} cannot be read: ${reason}.`, {
    cause,
    remedy: "Give the path of a readable CSV or JSON lines file, plain or gzip.",
  });
}

async function* readChunks(handle: FileHandle, from: number): AsyncGenerator<Buffer> {
  for (let position = from; ;) {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield bytesRead === chunkBytes ? buffer : buffer.subarray(0, bytesRead);
  }
}

async function* gunzip(handle: FileHandle, path: string): AsyncGenerator<Buffer> {
  const output = createGunzip({ chunkSize: chunkBytes });
  pipeline(Readable.from(readChunks(handle, 0), { objectMode: true, highWaterMark: 2 }), output, () => {
    // The reader of `output` sees the same error.
  });
  let bytes = 0;
  try {
    for await (const chunk of output as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new OnefoldError(
      "INPUT_INVALID",
      `The gzip file ${JSON.stringify(path)} is broken after ${bytes} bytes of content (${message}); nothing more of it was taken.`,
      { cause: error, remedy: "Copy the file again, or unpack what is good of it and ingest that." },
    );
  }
}

async function* skipBytes(chunks: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of chunks) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}
