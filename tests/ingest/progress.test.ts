/** How progress is shown: plain lines now and then without a terminal, a bar on one. */
import { Writable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { createProgressRenderer, type Progress } from "../../ingest/progress.ts";

class Screen extends Writable {
  text = "";
  readonly isTTY: boolean;
  readonly columns = 100;
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
  // What the bar's library asks of a terminal.
  cursorTo(): void {}
  clearLine(): void {}
  moveCursor(): void {}
}

const at = (recordsRead: number, bytesRead: number): Progress => ({ recordsRead, bytesRead, totalBytes: 1_000 });

describe("progress", () => {
  it("without a terminal is a line every few seconds, with rate and time left", () => {
    const stream = new Screen(false);
    let time = 0;
    using progress = createProgressRenderer({ label: "ingest", stream, clock: () => time });
    progress.show({ recordsRead: 0, bytesRead: 500, totalBytes: 1_000, note: "looking whether it is known" });
    progress.show(at(0, 0));
    for (time = 100; time <= 6_000; time += 100) progress.show(at(time * 2, time / 10));
    expect(stream.text).toBe(
      "ingest: 30 %, 6,000 records, 2,000/s, 7 s left\ningest: 60 %, 12,000 records, 2,000/s, 4 s left\n",
    );
  });

  it("of work that is done at once is silent", () => {
    const stream = new Screen(false);
    using progress = createProgressRenderer({ label: "ingest", stream, clock: () => 1 });
    progress.show(at(10, 1_000));
    expect(stream.text).toBe("");
  });

  it("on a terminal is a bar, which stops once", () => {
    const stream = new Screen(true);
    let time = 0;
    const progress = createProgressRenderer({ label: "ingest", stream, clock: () => time });
    progress.show(at(0, 0));
    time = 1_000;
    progress.show(at(2_000, 500));
    progress.stop();
    progress.stop();
    expect(stream.text).toContain("50 %, 2,000 records, 2,000/s, 1 s left");
    expect(stream.text).toContain("█");
  });

  it("may count records where the end is so many of them, or where no end is known", () => {
    const stream = new Screen(false);
    let time = 0;
    using progress = createProgressRenderer({ label: "generate", stream, clock: () => time, everyMs: 1_000 });
    progress.show({ recordsRead: 0, bytesRead: 0, totalBytes: null, totalRecords: 4_000 });
    time = 1_000;
    progress.show({ recordsRead: 1_000, bytesRead: 0, totalBytes: null, totalRecords: 4_000 });
    time = 2_000;
    progress.show({ recordsRead: 3_000, bytesRead: 0, totalBytes: null });
    expect(stream.text).toBe("generate: 25 %, 1,000 records, 1,000/s, 3 s left\ngenerate: 3,000 records, 1,500/s\n");
  });
});
