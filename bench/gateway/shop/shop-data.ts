/** The data of the bench's shop: few small records that many paths lead to, as in a page of products and their reviews. */

export interface User {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  /** Seconds since 1970. */
  readonly birthday: number;
}

export interface Product {
  readonly upc: string;
  readonly name: string;
  readonly price: number;
  readonly weight: number;
  readonly inStock: boolean;
}

export interface Review {
  readonly id: string;
  readonly body: string;
  readonly upc: string;
}

const userNames = ["Ada Brandt", "Ben Okafor", "Chloe Marchetti", "Dario Lindqvist", "Emre Yildirim", "Farah Nasser"];

export const users: readonly User[] = userNames.map((name, i) => ({
  id: String(i + 1),
  name,
  username: name.toLowerCase().replace(" ", "."),
  birthday: 600_000_000 + i * 31_557_600,
}));

const catalogue: readonly (readonly [name: string, price: number, weight: number, inStock: boolean])[] = [
  ["Desk", 749, 140, true],
  ["Armchair", 1450, 900, false],
  ["Mug", 12, 30, false],
  ["Stool", 420, 110, false],
  ["Radio", 1190, 700, true],
  ["Mirror", 5200, 400, true],
  ["Stove", 4100, 2500, true],
  ["Freezer", 92_000, 5500, false],
  ["Hammock", 8700, 650, true],
];

export const products: readonly Product[] = catalogue.map(([name, price, weight, inStock], i) => ({
  upc: String(i + 1),
  name,
  price,
  weight,
  inStock,
}));

export function shippingEstimate({ price, weight }: Pick<Product, "price" | "weight">): number {
  return price > 1000 ? 0 : Math.trunc(weight / 2);
}

/** How long each review is, in characters, and what it is of: most are of the two first products. */
const reviewSizes: readonly (readonly [characters: number, upc: string])[] = [
  [446, "1"],
  [290, "1"],
  [276, "1"],
  [144, "1"],
  [446, "2"],
  [290, "2"],
  [276, "2"],
  [144, "2"],
  [144, "3"],
  [144, "4"],
  [845, "4"],
];

export const reviews: readonly Review[] = reviewSizes.map(([characters, upc], i) => ({
  id: String(i + 1),
  body: prose(characters, i),
  upc,
}));

/** Every user has written the two first reviews, and the first user has written all: answers repeat what they hold. */
export const reviewsOfUser: readonly Review[] = reviews.slice(0, 2);

/** Exactly so many characters of plain words, another text for each seed. */
function prose(characters: number, seed: number): string {
  const words = "it came early and well packed yet one leg was loose so we fixed that with glue now all of us sit here";
  const list = words.split(" ");
  let text = "";
  for (let i = seed * 5; text.length < characters; i += 3 + (seed % 4)) text += `${list[i % list.length] ?? ""} `;
  return `${text
    .slice(0, characters - 1)
    .trimEnd()
    .padEnd(characters - 1, "e")}.`;
}
