/** Words that names and titles of the sample world are made of. */

export const cities = [
  "Hangzhou",
  "Shanghai",
  "Chengdu",
  "Berlin",
  "Lisbon",
  "Nairobi",
  "Osaka",
  "Lima",
  "Toronto",
  "Kraków",
  "Hà Nội",
  "Cairo",
] as const;

export const adjectives = [
  "Quiet",
  "Bright",
  "Woven",
  "Oak",
  "Copper",
  "Northern",
  "Folding",
  "Little",
  "Velvet",
  "Daily",
  "Silver",
  "Wild",
  "Soft",
] as const;

export const nouns = [
  "Lamp",
  "Teapot",
  "Backpack",
  "Scarf",
  "Keyboard",
  "Bicycle bell",
  "Notebook",
  "Kettle",
  "Rain jacket",
  "Headphones",
  "Desk",
  "Mug",
  "Umbrella",
  "Yoga mat",
  "Camera strap",
  "Wok",
  "Plant pot",
  "Sneakers",
] as const;

export const shopWords = ["Goods", "Studio", "Outlet", "Market", "Workshop", "Corner", "House", "Supply"] as const;

export const articleTitles = [
  "Five reasons for the",
  "We tried the",
  "How to care for the",
  "A year with the",
] as const;
export const videoTitles = ["Unboxing the", "Made by hand: the", "In one minute: the"] as const;
export const livestreamTitles = ["Tonight live: the", "Live from the workshop: the"] as const;
