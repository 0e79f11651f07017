/** The names of everything in the graph that is generated: the compiler keeps them free, the subgraphs use them. */

/** `UserBehaviorConnection`: the Relay connection of an event's recent lists. */
export function connectionName(event: string): string {
  return `${event}Connection`;
}

/** `UserBehaviorEdge`. */
export function edgeName(event: string): string {
  return `${event}Edge`;
}

/** `UserBehaviorInput`: the argument of the mutation that publishes the event. */
export function inputName(event: string): string {
  return `${event}Input`;
}

/** `consumer`: the field of `Query` that reads one entity. */
export function queryName(entity: string): string {
  return entity.charAt(0).toLowerCase() + entity.slice(1);
}

/** `consumerChanged`: the field of `Subscription`. */
export function subscriptionName(entity: string): string {
  return `${queryName(entity)}Changed`;
}

/** `publishUserBehavior`: the field of `Mutation`. */
export function mutationName(event: string): string {
  return `publish${event}`;
}
