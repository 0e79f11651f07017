/** The names of generated root fields, from the words of a declaration. */

/** `Consumer` is looked up by `consumer(id)`. */
export function lookupField(entity: string): string {
  return entity.slice(0, 1).toLowerCase() + entity.slice(1);
}

/** `Consumer` is followed by `consumerChanged(id)`. */
export function changedField(entity: string): string {
  return `${lookupField(entity)}Changed`;
}

/** `UserBehavior` is published by `publishUserBehavior(event)`. */
export function publishField(event: string): string {
  return `publish${event}`;
}
