/** The shop as one schema without federation: what every gateway has to answer, computed without any of them. */
import { buildSchema, graphqlSync } from "graphql";
import { products, reviews, reviewsOfUser, shippingEstimate, users } from "./shop-data.ts";
import type { Product, Review, User } from "./shop-data.ts";

interface First {
  readonly first?: number;
}

const schema = buildSchema(`
  type Query { users(first: Int = 6): [User] topProducts(first: Int = 5): [Product] }
  type User { id: ID! name: String username: String birthday: Int reviews(first: Int): [Review] }
  type Review { id: ID! body: String product: Product author: User }
  type Product { upc: String! name: String price: Int weight: Int inStock: Boolean shippingEstimate: Int
    reviews(first: Int): [Review] }`);

const rootValue = {
  users: ({ first }: First) => users.slice(0, first).map(userNode),
  topProducts: ({ first }: First) => products.slice(0, first).map(productNode),
};

const userNode = (user: User): object => ({
  ...user,
  reviews: ({ first }: First) => reviewsOfUser.slice(0, first).map(reviewNode),
});

const productNode = (product: Product): object => ({
  ...product,
  shippingEstimate: shippingEstimate(product),
  reviews: ({ first }: First) =>
    reviews
      .filter(({ upc }) => upc === product.upc)
      .slice(0, first)
      .map(reviewNode),
});

const reviewNode = ({ id, body, upc }: Review): object => ({
  id,
  body,
  product: () => products.filter((product) => product.upc === upc).map(productNode)[0],
  author: () => users.slice(0, 1).map(userNode)[0],
});

/** The JSON text of a request → that of its answer. */
export function answerWhole(request: string): string {
  const { query, variables } = JSON.parse(request) as { query: string; variables?: Record<string, unknown> };
  return JSON.stringify(graphqlSync({ schema, source: query, rootValue, variableValues: variables ?? {} }));
}
