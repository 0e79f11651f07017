/** Several calls at once. */

/** Waits for all, so that nothing is still under way when the first failure is thrown. */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}
