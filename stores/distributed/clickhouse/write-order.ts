/** Inserts run beside each other; a command runs after all writes before it, and all writes after it wait for it. */

export interface WriteOrder {
  insert(run: () => Promise<void>): Promise<void>;
  command(run: () => Promise<void>): Promise<void>;
}

export function createWriteOrder(): WriteOrder {
  let lastCommand: Promise<void> = Promise.resolve();
  let inserts = new Set<Promise<void>>();
  const quietly = (promise: Promise<void>): Promise<void> => promise.catch(() => {});

  return {
    insert(run) {
      const insert = lastCommand.then(run);
      const running = inserts;
      const ended = quietly(insert).then(() => void running.delete(ended));
      running.add(ended);
      return insert;
    },
    command(run) {
      const before = [lastCommand, ...inserts];
      const command = Promise.all(before).then(run);
      lastCommand = quietly(command);
      inserts = new Set();
      return command;
    },
  };
}
