/** What the gateway bench asks for has the shape and the size that its page tells. */
import { expect, it } from "@jest/globals";
import { commonText, shopQueries, writeRequest } from "../../../../bench/gateway/shop/shop-queries.ts";
import { answerWhole } from "../../../../bench/gateway/shop/whole-shop.ts";

const requestOf = (name: string, number = 1_000_000): string => {
  const query = shopQueries.find((one) => one.name === name);
  if (query === undefined) throw new Error(name);
  return writeRequest(query.request, number);
};

it("answers the heavy query with about 87 kB", () => {
  const bytes = Buffer.byteLength(answerWhole(requestOf("heavy")));
  expect(bytes).toBeGreaterThan(85_000);
  expect(bytes).toBeLessThan(90_000);
});

it("answers the tiny query with five products", () => {
  expect(JSON.parse(answerWhole(requestOf("tiny")))).toEqual({
    data: { topProducts: ["1", "2", "3", "4", "5"].map((upc) => ({ upc })) },
  });
});

it("has requests with a variable of their own, which all have the answer of the query without", () => {
  const [one, other] = [requestOf("heavy-distinct", 1_000_000), requestOf("heavy-distinct", 2_100_000_000)];
  expect(one).not.toBe(other);
  expect(commonText(one)).toBe(commonText(other));
  expect(answerWhole(other)).toBe(answerWhole(requestOf("heavy")));
});
