/** An array, or elements that are made while they are gone through, the same each time: many of them cost no memory. */
export type Sequence<Element> = Iterable<Element> & { readonly length: number };
