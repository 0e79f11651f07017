/** Answers a loader's batch group by group: a group whose read fails fails only its own loads. */

/**
 * Groups loads by `groupOf`, reads each group at once, all groups side by side, and gives one answer a load, in order.
 * `read` answers in the order of its loads.
 */
export async function loadInGroups<Load, Answer>(
  loads: readonly Load[],
  groupOf: (load: Load) => string,
  read: (group: readonly [Load, ...Load[]]) => Promise<readonly Answer[]>,
): Promise<(Answer | Error)[]> {
  const groups = new Map<string, [Load, ...Load[]]>();
  for (const load of loads) {
    const group = groups.get(groupOf(load));
    if (group === undefined) groups.set(groupOf(load), [load]);
    else group.push(load);
  }
  const answers = new Map<Load, Answer | Error>();
  const answer = async (group: readonly [Load, ...Load[]]): Promise<void> => {
    try {
      const found = await read(group);
      group.forEach((load, i) =>
        answers.set(load, found[i] ?? new Error("A store gave fewer answers than were asked.")),
      );
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      for (const load of group) answers.set(load, reason);
    }
  };
  await Promise.all([...groups.values()].map(answer));
  return loads.map((load) => answers.get(load) ?? new Error("A load was in no group."));
}
