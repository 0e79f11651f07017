/** How many requests may be sent again: a part of all, so that a subgraph in trouble does not get twice the load. */

/** Each request earns this part of a retry. */
const earned = 0.2;
/** So many can be saved up: what a quiet gateway may spend at once. */
const most = 10;

export interface RetryBudget {
  /** A request was sent for the first time. */
  earn(): void;
  /** Whether one more may be sent. */
  spend(): boolean;
}

export function createRetryBudget(): RetryBudget {
  let saved = most;
  return {
    earn() {
      saved = Math.min(most, saved + earned);
    },
    spend() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
