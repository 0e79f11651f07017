/** A folder as one file, and back: the part of the tar format (POSIX ustar) that regular files need. Other tools read it, too. */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { OnefoldError } from "../../schema/errors.ts";
import { listFiles } from "./hash-files.ts";

const BLOCK = 512;
/** A size of twelve octal digits less the closing zero. Larger ones stand as binary numbers, as GNU tar writes them. */
const MAX_OCTAL = 8 ** 11 - 1;

/** Writes all files of a folder, in the order of their paths. */
export async function packFolder(folder: string, file: string, signal: AbortSignal): Promise<void> {
  await pipeline(tarBytes(folder, await listFiles(folder)), createWriteStream(file, { mode: 0o600, flush: true }), {
    signal,
  });
}

async function* tarBytes(folder: string, paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) {
    const { size } = await stat(join(folder, path));
    yield header(path, size);
    // A file that grows meanwhile would shift all that follows.
    if (size > 0) yield* createReadStream(join(folder, path), { end: size - 1 }) as AsyncIterable<Buffer>;
    yield Buffer.alloc(padding(size));
  }
  yield Buffer.alloc(2 * BLOCK);
}

function header(path: string, size: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new OnefoldError("INTERNAL", `${path} is too long a name for an archive.`);
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0);
  block.write("0000600\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  if (size <= MAX_OCTAL) block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else {
    block.writeUInt8(0x80, 124);
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write("00000000000\0", 136);
  block.write("0", 156);
  block.write("ustar\0" + "00", 257);
  block.write(`${sumOf(block).toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** The sum of all bytes, with spaces where the sum stands. */
function sumOf(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/**
 * Writes the archive's files below a folder.
 * @throws OnefoldError BACKUP_INVALID for what `packFolder` does not write
 */
export async function unpackFile(file: string, folder: string, signal: AbortSignal): Promise<void> {
  const archive = await open(file, "r");
  try {
    for (let at = 0; ;) {
      const entry = await readHeader(archive, file, at);
      if (entry === null) return;
      const target = join(folder, entry.path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const start = at + BLOCK;
      const content =
        entry.size === 0 ? [] : archive.createReadStream({ start, end: start + entry.size - 1, autoClose: false });
      const written = createWriteStream(target, { mode: 0o600, flush: true });
      await pipeline(content, written, { signal });
      if (written.bytesWritten !== entry.size) throw broken(file, `ends within ${entry.path}`);
      at = start + entry.size + padding(entry.size);
    }
  } finally {
    await archive.close();
  }
}

interface Entry {
  readonly path: string;
  readonly size: number;
}

/** Null at the end of the archive. */
async function readHeader(archive: FileHandle, file: string, at: number): Promise<Entry | null> {
  const block = Buffer.alloc(BLOCK);
  const { bytesRead } = await archive.read(block, 0, BLOCK, at);
  if (bytesRead < BLOCK) throw broken(file, "ends early");
  if (block.every((byte) => byte === 0)) return null;
  if (Number.parseInt(textAt(block, 148, 8), 8) !== sumOf(block)) throw broken(file, "has a header with a wrong sum");
  const path = textAt(block, 0, 100);
  const safe = path !== "" && !path.startsWith("/") && !path.split("/").includes("..");
  if (!safe || block.toString("latin1", 156, 157) !== "0") throw broken(file, `holds ${JSON.stringify(path)}`);
  const binary = block.readUInt8(124) === 0x80;
  const size = binary ? Number(block.readBigUInt64BE(128)) : Number.parseInt(textAt(block, 124, 12), 8);
  if (!Number.isSafeInteger(size)) throw broken(file, `has no size for ${path}`);
  return { path, size };
}

function textAt(block: Buffer, start: number, length: number): string {
  const text = block.toString("utf8", start, start + length);
  const end = text.indexOf("\0");
  return (end === -1 ? text : text.slice(0, end)).trim();
}

function broken(file: string, how: string): OnefoldError {
  return new OnefoldError("BACKUP_INVALID", `${file} ${how}: it is no backup of Onefold, or was cut.`);
}
