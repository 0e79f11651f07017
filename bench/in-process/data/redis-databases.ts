/** Which database of the one Redis server holds what. */

/** The same records as plain hashes. */
export const HASHES_DB = 1;
