/** What clients ask the shop for: always the same, or with a variable that no other request has. */

export interface ShopQuery {
  readonly name: string;
  readonly request: RequestText;
}

/**
 * The JSON text of a request. With a hole it is sent as `before + number + after`, with another number each time; `after` is
 * null where all requests are the same.
 */
export interface RequestText {
  readonly before: string;
  readonly after: string | null;
}

/** Stands where the numbers will; above every count of the data, as they are: each gives the same answer. */
const HOLE = 1_000_000_007;

export const shopQueries: readonly ShopQuery[] = [
  { name: "heavy", request: same(`query Heavy ${heavy("")}`) },
  { name: "tiny", request: same("{ topProducts { upc } }") },
  { name: "heavy-distinct", request: distinct(`query Heavy($count: Int!) ${heavy("(first: $count)")}`) },
  { name: "tiny-distinct", request: distinct("query Tiny($count: Int!) { users(first: $count) { id } }") },
];

/** Users and products with reviews, six levels down. `first`: arguments of every list but the products, or nothing. */
function heavy(first: string): string {
  const written = `reviews${first} { ...ReviewParts product { ...ProductParts } }`;
  const received = `reviews${first} { ...ReviewParts author { ...UserParts ${written} } }`;
  return `{
    users${first} { ...UserParts reviews${first} { ...ReviewParts product { ...ProductParts ${received} } } }
    topProducts { ...ProductParts ${received} }
  }
  fragment ReviewParts on Review { id body }
  fragment UserParts on User { id username name }
  fragment ProductParts on Product { upc name price weight inStock shippingEstimate }`;
}

function same(query: string): RequestText {
  return { before: JSON.stringify({ query }), after: null };
}

function distinct(query: string): RequestText {
  const [before = "", after = ""] = JSON.stringify({ query, variables: { count: HOLE } }).split(String(HOLE));
  return { before, after };
}

/** One request's text. `number` is 1,000,000 or more. */
export function writeRequest({ before, after }: RequestText, number: number): string {
  return after === null ? before : `${before}${String(number)}${after}`;
}

/** The text that all requests with a number in the same place share, as they share one answer. */
export function commonText(request: string): string {
  return request.replace(/\b\d{7,}\b/g, "1000000");
}
