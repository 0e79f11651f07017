/** A terminal that keeps what is written to it. */
import { Writable } from "node:stream";
import type { Terminal } from "../../cli/output/terminal.ts";

export interface CaughtTerminal extends Terminal {
  out(): string;
  err(): string;
}

export function catchOutput(stdin = ""): CaughtTerminal {
  const written = { out: "", err: "" };
  const stream = (name: "out" | "err"): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString();
        done();
      },
    });
  return {
    stdout: stream("out"),
    stderr: stream("err"),
    stdin: chunksOf(stdin),
    out: () => written.out,
    err: () => written.err,
  };
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield Buffer.from(text);
}
