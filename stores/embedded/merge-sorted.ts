/** Merges sorted iterations into one: as many as there are shards, so the least head is found by looking at all. */

/** Yields the items of all `sources`, each of which ascends by `compare`, in one ascending order. */
export function* mergeSorted<Item>(
  sources: readonly Iterable<Item>[],
  compare: (a: Item, b: Item) => number,
): Generator<Item> {
  const iterators = sources.map((source) => source[Symbol.iterator]());
  const heads = iterators.map((iterator) => iterator.next());
  for (;;) {
    let least = -1;
    let item: Item | undefined;
    for (const [i, head] of heads.entries()) {
      if (head.done !== true && (item === undefined || compare(head.value, item) < 0)) {
        least = i;
        item = head.value;
      }
    }
    if (item === undefined) return;
    yield item;
    heads[least] = iterators[least]?.next() ?? { done: true, value: undefined };
  }
}
