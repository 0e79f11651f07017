/** What people and programs read: aligned tables without control characters, errors with what to do about them. */
import { describe, expect, it } from "@jest/globals";
import { exitCodeOf, UsageError } from "../../../cli/exit-codes.ts";
import { DeclarationsInvalid } from "../../../cli/declarations.ts";
import { describeError, errorObject } from "../../../cli/output/describe-error.ts";
import { formatTable } from "../../../cli/output/format-table.ts";
import { showProgress } from "../../../cli/output/show-progress.ts";
import type { OperationUpdate } from "../../../cli/operations/operation.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { catchOutput } from "../../support/catch-output.ts";

describe("output", () => {
  it("aligns columns, cuts long cells, and lets no record steer the terminal", () => {
    const columns = [{ title: "id" }, { title: "n", align: "right" }, { title: "text", maxWidth: 6 }] as const;
    const rows = [
      ["a", "1", "\u001b[31mred"],
      ["bbb", "1000", "x\ny"],
    ];
    expect(formatTable(columns, rows)).toBe("id      n  text\na       1   [31m…\nbbb  1000  x y");
  });

  it("says of an error what happened, what to do, and ends with its code", () => {
    const cases = [
      [new UsageError("No.", "onefold start"), "onefold: No. See onefold start --help.", 2],
      [new OnefoldError("PORT_BUSY", "Busy.", { remedy: "Stop it." }), "onefold: Busy.\n  Stop it.", 4],
      [new OnefoldError("INTERNAL", "Oh.", { remedy: "Tell." }), "onefold: Oh.\n  Tell.", 1],
      [new OnefoldError("STORE_FORMAT", "Old.", { remedy: "New." }), "onefold: Old.\n  New.", 5],
      [new Error("boom"), "onefold: boom", 1],
    ] as const;
    for (const [error, text, code] of cases) {
      expect(describeError(error, "onefold")).toBe(text);
      expect(exitCodeOf(error)).toBe(code);
    }
    const mistake = { file: "a.graphql", line: 3, column: 5, reason: "No such field.", remedy: "Name one." };
    expect(errorObject(new DeclarationsInvalid("1 mistake", [mistake]))).toMatchObject({
      error: { code: "DECLARATION_INVALID", mistakes: [mistake] },
    });
    expect(errorObject(cases[1][0])).toEqual({ error: { code: "PORT_BUSY", message: "Busy.", remedy: "Stop it." } });
  });

  it("gives the result of an operation and keeps its progress off stdout", async () => {
    const { stderr, out } = catchOutput();
    const updates = async function* (): AsyncGenerator<OperationUpdate> {
      yield { kind: "progress", step: "reading", unit: "records", done: 1, total: null, note: "waiting" };
      yield { kind: "progress", step: "applying", unit: "records", done: 1, total: 2 };
      yield { kind: "result", result: { read: 2 } };
    };
    expect(await showProgress(updates(), stderr)).toEqual({ read: 2 });
    expect(out()).toBe("");
  });
});
