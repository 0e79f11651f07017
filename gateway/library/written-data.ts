/**
 * Data whose text is there already, on their way through Apollo Server: an object that becomes the values once somebody (a
 * plugin) looks into it. From then on its text counts for nothing, since the values may be changed.
 */

/** `{"data":…}` by the object that stands for the data. */
const texts = new WeakMap<object, Buffer>();

/** `text`: `{"data":…}` with data that are an object. */
export function createWrittenData(text: Buffer): Record<string, unknown> {
  let values: Record<string, unknown> | undefined;
  const read = (): Record<string, unknown> => {
    if (values === undefined) {
      texts.delete(data);
      values = (JSON.parse(text.toString("utf8")) as { readonly data: Record<string, unknown> }).data;
    }
    return values;
  };
  const data: Record<string, unknown> = new Proxy(
    {},
    {
      get: (_, key) => Reflect.get(read(), key) as unknown,
      set: (_, key, value) => Reflect.set(read(), key, value),
      has: (_, key) => Reflect.has(read(), key),
      ownKeys: () => Reflect.ownKeys(read()),
      getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(read(), key),
      defineProperty: (_, key, property) => Reflect.defineProperty(read(), key, property),
      deleteProperty: (_, key) => Reflect.deleteProperty(read(), key),
    },
  );
  texts.set(data, text);
  return data;
}

interface Result {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: unknown;
}

/** Is Apollo Server's `stringifyResult`: a result as JSON, with the text of its data where that still counts. */
export function stringifyResult({ data, errors, extensions, ...more }: Result): string {
  const text = typeof data === "object" && data !== null ? texts.get(data) : undefined;
  if (text === undefined) return JSON.stringify({ errors, data, ...more, extensions });
  const before = errors === undefined ? "{" : `{"errors":${JSON.stringify(errors)},`;
  const after = JSON.stringify({ ...more, extensions });
  return `${before}${text.toString("utf8", 1, text.length - 1)}${after === "{}" ? "}" : `,${after.slice(1)}`}`;
}
