/** What clients ask the shop for. A query with variables of its own is sent with others in each request. */

export interface ShopQuery {
  readonly name: string;
  readonly what: string;
  /** The JSON text of a request. It is sent as `before + number + after`, with another number each time, if it has a hole. */
  readonly body: RequestText;
}

/** `after` is null for a text without a hole: all requests are the same. */
export interface RequestText {
  readonly before: string;
  readonly after: string | null;
}

const fragments = `
  fragment ReviewParts on Review { id body }
  fragment UserParts on User { id username name }
  fragment ProductParts on Product { upc name price weight inStock shippingEstimate }`;

const writtenReviews = `reviews { ...ReviewParts product { ...ProductParts } }`;
const receivedReviews = `reviews { ...ReviewParts author { ...UserParts ${writtenReviews} } }`;
const userTree = `{ ...UserParts reviews { ...ReviewParts product { ...ProductParts ${receivedReviews} } } }`;
const productTree = `{ ...ProductParts ${receivedReviews} }`;

/** Larger than any count of the data, so that every number gives the same answer. */
const HOLE = 1_000_000_007;

export const shopQueries: readonly ShopQuery[] = [
  {
    name: "heavy",
    what: "users and products with reviews, four levels down",
    body: same(`query Heavy { users ${userTree} topProducts ${productTree} } ${fragments}`),
  },
  { name: "tiny", what: "one list of one field", body: same("{ topProducts { upc } }") },
  {
    name: "heavy-distinct",
    what: "the same with a variable that no two requests share",
    body: distinct(
      `query Heavy($users: Int!) { users(first: $users) ${userTree} topProducts ${productTree} } ${fragments}`,
    ),
  },
  {
    name: "tiny-distinct",
    what: "the same with a variable that no two requests share",
    body: distinct("query Tiny($users: Int!) { users(first: $users) { id } }"),
  },
];

function same(query: string): RequestText {
  return { before: JSON.stringify({ query }), after: null };
}

function distinct(query: string): RequestText {
  const [before = "", after = ""] = JSON.stringify({ query, variables: { users: HOLE } }).split(String(HOLE));
  return { before, after };
}
