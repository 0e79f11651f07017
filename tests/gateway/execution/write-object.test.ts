/** Objects that share what a fetch gave are written once, and only where all that is read of them is the same. */
import { describe, expect, it } from "@jest/globals";
import { JoinedData } from "../../../gateway/execution/joined-data.ts";
import { JsonWriter } from "../../../gateway/execution/json-writer.ts";
import { PlaceTree } from "../../../gateway/execution/place-tree.ts";
import { ProjectionRun, something, type Write } from "../../../gateway/execution/projection-run.ts";
import { writeObject } from "../../../gateway/execution/write-object.ts";

/** What is written of objects that hang on one entity, and how many fields were written one by one. */
function writeAll(objects: readonly Record<string, unknown>[], entity: Record<string, unknown>) {
  const places = new PlaceTree();
  const slot = places.addSlot(new Map([["name", null]]), [places.root]);
  const data = new JoinedData(places.slots, () => true);
  data.fill(slot, { indexes: new Map(objects.map((object) => [object, 0])), entities: [entity], source: entity }, []);
  let fields = 0;
  const write: Write = (value, run) => {
    fields++;
    run.out.scalar(value);
    return something;
  };
  const writer = writeObject(
    ["id", "name"].map((key) => ({ key, source: key, write })),
    places.root,
  );
  const out = new JsonWriter();
  const run = new ProjectionRun({ data, errors: [], out }, null);
  const texts = objects.map((object) => {
    const start = out.at;
    writer(object, run);
    return out.take().subarray(start).toString();
  });
  return { texts, fields };
}

describe("the writer of objects", () => {
  it("writes objects of one entity once", () => {
    const { texts, fields } = writeAll([{ id: 1 }, { id: 1 }], { name: "a" });
    expect(texts).toEqual(['{"id":1,"name":"a"}', '{"id":1,"name":"a"}']);
    expect(fields).toBe(2);
  });

  it("tells apart objects whose own fields differ", () => {
    const { texts } = writeAll([{ id: 1 }, { id: 2 }], { name: "a" });
    expect(texts).toEqual(['{"id":1,"name":"a"}', '{"id":2,"name":"a"}']);
  });

  it("tells apart objects whose own value stands in where the fetch had none", () => {
    const { texts } = writeAll([{ id: 1 }, { id: 1, name: "own" }, { id: 1, name: "other" }], { name: null });
    expect(texts).toEqual(['{"id":1,"name":null}', '{"id":1,"name":"own"}', '{"id":1,"name":"other"}']);
  });
});
