/** Four subgraphs over the shop's data: accounts, inventory, products and reviews, as SDL with resolvers. */
import { parse, type GraphQLSchema } from "graphql";
import { buildSchema } from "../../../subgraphs/runtime/build-schema.ts";
import { products, reviews, reviewsOfUser, shippingEstimate, users, type Product, type Review } from "./shop-data.ts";

export interface ShopSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly schema: GraphQLSchema;
}

interface First {
  readonly first?: number;
}

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@external", "@requires", "@provides", "@shareable"])`;

const userById = (id: string) => users.find((user) => user.id === id) ?? null;
const productByUpc = (upc: string) => products.find((product) => product.upc === upc) ?? null;
const author = { id: "1", username: users[0]?.username };

function subgraph(name: string, typeDefs: string, resolvers: Record<string, Record<string, unknown>>): ShopSubgraph {
  const sdl = `${link}\n${typeDefs}`;
  return { name, sdl, schema: buildSchema(parse(sdl), resolvers) };
}

export const shopSubgraphs: readonly ShopSubgraph[] = [
  subgraph(
    "accounts",
    `type Query { me: User user(id: ID!): User users(first: Int = 6): [User] }
     type User @key(fields: "id") { id: ID! name: String username: String @shareable birthday: Int }`,
    {
      Query: {
        me: () => users[0],
        user: (_: unknown, { id }: { readonly id: string }) => userById(id),
        users: (_: unknown, { first }: First) => users.slice(0, first),
      },
      User: { __resolveReference: ({ id }: { readonly id: string }) => userById(id) },
    },
  ),
  subgraph(
    "inventory",
    `type Product @key(fields: "upc") { upc: String! weight: Int @external price: Int @external inStock: Boolean
       shippingEstimate: Int @requires(fields: "price weight") }`,
    {
      Product: {
        __resolveReference: (reference: Product) => ({ ...reference, inStock: productByUpc(reference.upc)?.inStock }),
        shippingEstimate,
      },
    },
  ),
  subgraph(
    "products",
    `type Query { topProducts(first: Int = 5): [Product] }
     type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
    {
      Query: { topProducts: (_: unknown, { first }: First) => products.slice(0, first) },
      Product: { __resolveReference: ({ upc }: Product) => productByUpc(upc) },
    },
  ),
  subgraph(
    "reviews",
    `type Review @key(fields: "id") { id: ID! body: String product: Product author: User @provides(fields: "username") }
     type User @key(fields: "id") { id: ID! username: String @external reviews(first: Int): [Review] }
     type Product @key(fields: "upc") { upc: String! reviews(first: Int): [Review] }`,
    {
      Review: {
        __resolveReference: ({ id }: Review) => reviews.find((review) => review.id === id) ?? null,
        product: ({ upc }: Review) => ({ upc }),
        author: () => author,
      },
      User: { reviews: (_: unknown, { first }: First) => reviewsOfUser.slice(0, first) },
      Product: {
        reviews: ({ upc }: Product, { first }: First) => reviews.filter((review) => review.upc === upc).slice(0, first),
      },
    },
  ),
];
