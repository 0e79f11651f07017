/** Streams that outlive the credentials they began with: they end with an error that says so. */
import type { ExecutionResult } from "graphql";
import type { ResultStream } from "../execution/result-stream.ts";
import { unauthenticated } from "./principal.ts";

/** No timer of Node's runs longer, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

const done = { done: true, value: undefined } as const;

type Next = IteratorResult<ExecutionResult, void>;

/**
 * The same stream until `expiresAt`, in milliseconds since 1970; then one last result with UNAUTHENTICATED, whatever is on
 * its way.
 */
export function expireStream(stream: ResultStream, expiresAt: number): ResultStream {
  let state: "open" | "expired" | "ended" = "open";
  let timer: NodeJS.Timeout | undefined;
  let wake: (() => void) | undefined;
  const expire = (): void => {
    state = "expired";
    void stream.return();
    wake?.();
  };
  const arm = (): void => {
    const left = expiresAt - Date.now();
    if (left <= 0) expire();
    else timer = setTimeout(arm, Math.min(left, longestTimer));
  };
  const end = (): void => {
    state = "ended";
    clearTimeout(timer);
  };
  const last = (): Next => {
    if (state !== "expired") return done;
    end();
    return { done: false, value: { errors: [unauthenticated("The credentials of this subscription have expired.")] } };
  };
  arm();
  const watched: ResultStream = {
    next: () =>
      new Promise((resolve, reject) => {
        if (state !== "open") return resolve(last());
        wake = () => resolve(last());
        stream.next().then((result) => {
          if (state !== "open") return resolve(last());
          if (result.done === true) end();
          resolve(result);
        }, reject);
      }),
    return: (value) => {
      end();
      wake?.();
      return stream.return(value);
    },
    throw: (error) => {
      end();
      return stream.throw(error);
    },
    [Symbol.asyncIterator]: () => watched,
    [Symbol.asyncDispose]: () => {
      end();
      return stream[Symbol.asyncDispose]();
    },
  };
  return watched;
}
