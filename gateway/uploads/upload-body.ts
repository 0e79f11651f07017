/** A request with files to a subgraph: multipart, written as the files arrive. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { UploadedFile, type ArrivedFile } from "./uploaded-file.ts";

export interface UploadBody {
  readonly contentType: string;
  /** To be sent once: what it has given is gone. */
  readonly stream: Readable;
}

/** Files in an operation's variables, each with the paths where it stands. */
export function filesIn(variables: Readonly<Record<string, unknown>>): ReadonlyMap<UploadedFile, readonly string[]> {
  const found = new Map<UploadedFile, string[]>();
  const visit = (value: unknown, path: string): void => {
    if (value instanceof UploadedFile) {
      const paths = found.get(value);
      if (paths === undefined) found.set(value, [path]);
      else paths.push(path);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`);
    }
  };
  visit(variables, "variables");
  return found;
}

/**
 * Writes the operation, the map and the files, each in the order in which it comes from the client.
 * @param operations the request's JSON, with nulls in place of files
 * @param files claimed by the caller
 */
export function uploadBody(operations: string, files: ReadonlyMap<UploadedFile, readonly string[]>): UploadBody {
  const boundary = `onefold-${randomUUID()}`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    stream: Readable.from(write(operations, files, boundary), { objectMode: false }),
  };
}

async function* write(
  operations: string,
  files: ReadonlyMap<UploadedFile, readonly string[]>,
  boundary: string,
): AsyncGenerator<Buffer | string, void, undefined> {
  const map = Object.fromEntries([...files.values()].map((paths, index) => [String(index), paths]));
  const field = (name: string, value: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  yield field("operations", operations) + field("map", JSON.stringify(map));
  const awaited = new Map(
    [...files.keys()].map((file, index) => [index, file.open().then((arrived) => ({ index, arrived }))] as const),
  );
  while (awaited.size > 0) {
    const { index, arrived } = await Promise.race(awaited.values());
    awaited.delete(index);
    yield `--${boundary}\r\n${partHead(index, arrived)}`;
    for await (const chunk of arrived.stream) yield chunk as Buffer;
    yield "\r\n";
  }
  yield `--${boundary}--\r\n`;
}

function partHead(index: number, { filename, mimeType }: ArrivedFile): string {
  const type = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(mimeType) ? mimeType : "application/octet-stream";
  // As browsers write names in forms.
  const name = filename.replace(/["\r\n]/g, (char) => encodeURIComponent(char));
  return `content-disposition: form-data; name="${index}"; filename="${name}"\r\ncontent-type: ${type}\r\n\r\n`;
}
