/** The one hash of the pipeline: XXH64, seed 0, over UTF-8 bytes (https://github.com/Cyan4973/xxHash). */
import xxhash from "xxhash-wasm";
import type { TextHash } from "./standardize.ts";

/** Loads the WebAssembly module once; the function is pure and synchronous. */
export async function createTextHash(): Promise<TextHash> {
  const hasher = await xxhash();
  return (text) => hasher.h64(text);
}
