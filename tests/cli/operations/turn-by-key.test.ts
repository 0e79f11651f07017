/** Work of one key runs one at a time, in order; a turn can be given up. */
import { describe, expect, it } from "@jest/globals";
import { TurnByKey } from "../../../cli/operations/turn-by-key.ts";

const never = new AbortController().signal;

describe("turns", () => {
  it("come in order of asking for one key, and do not hold up another", async () => {
    const turns = new TurnByKey();
    const said: string[] = [];
    let release = (): void => {};
    const first = turns.take("a", never, () => new Promise<void>((resolve) => (release = resolve)));
    const others = [1, 2, 3].map((n) => turns.take("a", never, async () => void said.push(`a${n}`)));
    await turns.take("b", never, async () => void said.push("b"));
    expect(said).toEqual(["b"]);
    release();
    await Promise.all([first, ...others]);
    expect(said).toEqual(["b", "a1", "a2", "a3"]);
  });

  it("pass on when work fails, and when a turn is given up", async () => {
    const turns = new TurnByKey();
    let release = (): void => {};
    const first = turns.take("a", never, () => new Promise<void>((resolve) => (release = resolve)));
    const given = new AbortController();
    const second = turns.take("a", given.signal, () => Promise.resolve("never"));
    const third = turns.take("a", never, () => Promise.reject(new Error("no")));
    const fourth = turns.take("a", never, () => Promise.resolve("ran"));
    given.abort();
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
    release();
    await first;
    await expect(third).rejects.toThrow("no");
    expect(await fourth).toBe("ran");
  });
});
