/** Queries over three subgraphs, asked from outside: every shape of join that the planner makes. */
import { describe, expect, it } from "@jest/globals";
import { openGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

describe("a query over three subgraphs", () => {
  it("joins lists of entities, through other entities and back", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = "{ products { name reviews { body author { name } } fans { name reviews { rating } } shipping } }";
    expect(await gateway.ask(query)).toEqual({
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

  it("asks for each entity once, however often it occurs", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    await gateway.ask("{ topReviews { author { name } } }");
    expect(shop.people.requests.map((request) => request.variables)).toEqual([
      {
        representations: [
          { __typename: "User", id: "u1" },
          { __typename: "User", id: "u2" },
        ],
      },
    ]);
  });

  it("hands subgraphs the same document object each time", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    await gateway.ask("query A { topReviews { author { name } } }");
    await gateway.ask("query B { # other text\n topReviews { author { name } } }");
    const [first, second] = shop.people.requests;
    expect(second?.document).toBe(first?.document);
    expect(second?.context.scope).not.toBe(first?.context.scope);
  });

  it("follows an interface whose types have fields in several subgraphs", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = `{ media {
      __typename id title reviews { body }
      ... on Book { pages readers { name } }
      ... on Film { minutes }
    } }`;
    expect(await gateway.ask(query)).toEqual({
      data: {
        media: [
          {
            __typename: "Book",
            id: "b1",
            title: "Dune",
            reviews: [{ body: "Good" }],
            pages: 600,
            readers: [{ name: "Ben" }],
          },
          { __typename: "Film", id: "f1", title: "Alien", reviews: [], minutes: 117 },
          null,
        ],
      },
    });
  });

  it("follows unions, with type names that were not asked for", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = "{ search { ... on Product { name shipping } ... on Media { title reviews { rating } } } }";
    expect(await gateway.ask(query)).toEqual({
      data: {
        search: [
          { name: "Table", shipping: 110 },
          { title: "Dune", reviews: [{ rating: 5 }] },
          { title: "Alien", reviews: [] },
        ],
      },
    });
  });

  it("answers fields of conflicting types under one key of different union members", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = "{ search { ... on Product { x: price } ... on Book { x: title } ... on Film { x: minutes } } }";
    // Validation allows it: the parents are different object types and the shapes differ only in leaf types of one kind.
    const { errors } = await gateway.ask(query);
    expect(errors?.[0]?.extensions?.["code"]).toBe("GRAPHQL_VALIDATION_FAILED");
    const allowed = "{ search { ... on Product { x: price } ... on Film { x: minutes } ... on Book { x: pages } } }";
    expect(await gateway.ask(allowed)).toEqual({ data: { search: [{ x: 90 }, { x: 600 }, { x: 117 }] } });
  });

  it("joins entities in nested lists with holes", async () => {
    await using gateway = await openGateway(shopGraph());
    expect(await gateway.ask("{ shelves { name reviews { rating } } }")).toEqual({
      data: {
        shelves: [
          [{ name: "Chair", reviews: [{ rating: 5 }, { rating: 1 }] }, null],
          null,
          [
            { name: "Table", reviews: [{ rating: 3 }] },
            { name: "Chair", reviews: [{ rating: 5 }, { rating: 1 }] },
          ],
        ],
      },
    });
  });

  it("keeps aliases apart from the keys that joins need", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = `{
      a: products(first: 1) { id: name sku: price __typename: weight reviews { id: body author { id: name } } }
      b: products(first: 2) { id fans { name: id reviews { body: rating } } }
    }`;
    expect(await gateway.ask(query)).toEqual({
      data: {
        a: [
          {
            id: "Chair",
            sku: 40,
            __typename: 7,
            reviews: [
              { id: "Good", author: { id: "Ada" } },
              { id: "Bad", author: { id: "Ben" } },
            ],
          },
        ],
        b: [
          { id: "1", fans: [] },
          { id: "2", fans: [{ name: "u1", reviews: [{ body: 5 }, { body: 3 }] }] },
        ],
      },
    });
  });

  it("keeps different selections of one entity at different places apart", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = `{
      a: product(id: "1") { reviews { author { x: name } } }
      b: product(id: "1") { reviews { author { x: id } } }
      c: product(id: "1") { reviews(first: 1) { author { friends { x: name } } } }
    }`;
    expect(await gateway.ask(query)).toEqual({
      data: {
        a: { reviews: [{ author: { x: "Ada" } }, { author: { x: "Ben" } }] },
        b: { reviews: [{ author: { x: "u1" } }, { author: { x: "u2" } }] },
        c: { reviews: [{ author: { friends: [{ x: "Ben" }, { x: "Cleo" }] } }] },
      },
    });
  });

  it("obeys fragments, @skip and @include with variables and defaults", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = `
      query ($a: Boolean!, $b: Boolean = false, $first: Int = 1, $unit: Unit) {
        products(first: $first) {
          ...Named @include(if: $a)
          size(unit: $unit)
          reviews(first: $first) @skip(if: $a) { body author @include(if: $b) { name } }
          ... @include(if: false) { price }
        }
        me @include(if: $b) { name }
      }
      fragment Named on Product { name fans @skip(if: $b) { id } ...Priced }
      fragment Priced on Product { price }
    `;
    expect(await gateway.ask(query, { a: true })).toEqual({
      data: { products: [{ name: "Chair", fans: [], price: 40, size: "7 CM" }] },
    });
    expect(await gateway.ask(query, { a: false, b: true, unit: "IN" })).toEqual({
      data: {
        products: [{ size: "7 IN", reviews: [{ body: "Good", author: { name: "Ada" } }] }],
        me: { name: "Ada" },
      },
    });
    expect(await gateway.ask(query, { a: true, b: true, first: 0 })).toEqual({
      data: { products: [], me: { name: "Ada" } },
    });
  });

  it("answers an object of which everything is skipped as an empty object", async () => {
    await using gateway = await openGateway(shopGraph());
    expect(await gateway.ask("{ me { name @skip(if: true) } }")).toEqual({ data: { me: {} } });
    expect(await gateway.ask("{ me @skip(if: true) { name } }")).toEqual({ data: {} });
  });

  it("passes only given variables on, coerced", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    await gateway.ask("query ($id: ID!, $unit: Unit) { product(id: $id) { size(unit: $unit) } }", { id: 1 });
    expect(shop.catalog.requests[0]?.variables).toEqual({ id: "1" });
  });

  it.each([
    ["application/json", 200],
    ["application/graphql-response+json", 400],
  ])("refuses wrong variables and says which, under %s with %d", async (accept, status) => {
    await using gateway = await openGateway(shopGraph());
    const response = await gateway.post(
      JSON.stringify({ query: "query ($id: ID!) { product(id: $id) { id } }", variables: { id: {} } }),
      { accept },
    );
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('"$id"'), extensions: { code: "BAD_USER_INPUT" } }],
    });
  });
});

describe("introspection", () => {
  it("is answered beside data, and by fragments and variables", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = `
      query ($name: String!) { ...Meta me { id } kind: __typename t: __type(name: $name) { name fields { name } } }
      fragment Meta on Query { __schema { queryType { name } } ... on Query { __typename } }
    `;
    expect(await gateway.ask(query, { name: "Review" })).toEqual({
      data: {
        __schema: { queryType: { name: "Query" } },
        __typename: "Query",
        me: { id: "u1" },
        kind: "Query",
        t: { name: "Review", fields: ["id", "body", "rating", "author", "product"].map((name) => ({ name })) },
      },
    });
  });

  it("asks no subgraph for the root's type name", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    expect(await gateway.ask("{ __typename }")).toEqual({ data: { __typename: "Query" } });
    expect(await gateway.ask('{ __type(name: "Nothing") { name } }')).toEqual({ data: { __type: null } });
    expect(shop.subgraphs.flatMap((subgraph) => subgraph.requests)).toEqual([]);
  });
});

describe("a mutation", () => {
  it("completes each root field, its joins included, before the next begins", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    const query = `mutation {
      a: addProduct(name: "x") { name reviews { body } }
      b: addReview(product: "1", body: "y") { body product { name } }
      ... on Mutation { c: rename(id: "u1", name: "z") { name } }
      d: addProduct(name: "w") { name }
      __typename
    }`;
    expect(await gateway.ask(query)).toEqual({
      data: {
        a: { name: "x", reviews: [] },
        b: { body: "y", product: { name: "Chair" } },
        c: { name: "z" },
        d: { name: "w" },
        __typename: "Mutation",
      },
    });
    expect(shop.log).toEqual(["addProduct x", "reviews of 9", "addReview y", "rename z", "addProduct w"]);
  });

  it("goes to its subgraph in one request if that does it all", async () => {
    const shop = shopGraph();
    await using gateway = await openGateway(shop);
    await gateway.ask('mutation { a: addProduct(name: "x") { name } b: addProduct(name: "y") { name } }');
    expect(shop.catalog.requests).toHaveLength(1);
    expect(shop.log).toEqual(["addProduct x", "addProduct y"]);
  });
});
