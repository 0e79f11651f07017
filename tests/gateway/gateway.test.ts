/** The gateway from outside: one server, three subgraphs, every kind of join. */
import { describe, expect, it } from "@jest/globals";
import { openGateway, socketMessages } from "./fixtures/gateway-client.ts";
import { shopGraph } from "./fixtures/shop-graph.ts";

describe("a query over three subgraphs", () => {
  it("joins lists of entities", async () => {
    await using gateway = await openGateway(shopGraph());
    const answer = await gateway.ask(
      "{ products { name reviews { body author { name } } fans { name reviews { rating } } shipping } }",
    );
    expect(answer).toEqual({
      data: {
        products: [
          {
            name: "Chair",
            reviews: [
              { body: "Good", author: { name: "Ada" } },
              { body: "Bad", author: { name: "Ben" } },
            ],
            fans: [],
            shipping: 47,
          },
          {
            name: "Table",
            reviews: [{ body: null, author: { name: "Ada" } }],
            fans: [{ name: "Ada", reviews: [{ rating: 5 }, { rating: 3 }] }],
            shipping: 110,
          },
          { name: null, reviews: [], fans: [], shipping: null },
        ],
      },
    });
  });
});

describe("a subscription", () => {
  it("sends each event over WebSocket with fields of other subgraphs", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const client = gateway.socketClient();
    const messages = socketMessages(client, {
      query: "subscription { reviewAdded { body author { name } product { name fans { name } } } }",
    });
    const first = messages.next();
    await shop.reviewAdded.untilSubscribers(1);
    shop.reviewAdded.publish({ id: "r7", body: "New", rating: 2, author: { id: "u2" }, product: { id: "2" } });
    expect((await first).value).toEqual({
      data: {
        reviewAdded: { body: "New", author: { name: "Ben" }, product: { name: "Table", fans: [{ name: "Ada" }] } },
      },
    });
    await messages.return?.();
    await shop.reviewAdded.untilSubscribers(0);
    await client.dispose();
  });
});
