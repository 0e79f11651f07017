/** Relay's types for each event that a field of the domain serves as a connection. */
import { connectionName, edgeName } from "../../schema/model/generated-names.ts";
import type { SdlRequest } from "./sdl-request.ts";

/** `UserBehaviorConnection`, `UserBehaviorEdge`, …, and `PageInfo`, as SDL. */
export function connectionTypes(request: SdlRequest): readonly string[] {
  const events = connectedEvents(request);
  if (events.length === 0) return [];
  return [...events.map(connectionOf), pageInfo(request.shareable)];
}

/** The events behind the domain's `@recent` fields, in order of declaration. */
function connectedEvents({ platform, domain }: SdlRequest): readonly string[] {
  const recents = platform.entities
    .flatMap(({ fields }) => fields)
    .filter((field) => field.kind === "recent")
    .filter((field) => field.domain === domain.name)
    .map(({ event }) => event);
  return [...new Set(recents)];
}

function connectionOf(event: string): string {
  return `
"A page of ${event} events, newest first."
type ${connectionName(event)} {
  edges: [${edgeName(event)}!]!
  pageInfo: PageInfo!
}

type ${edgeName(event)} {
  "Stands for this place in the list: give it as \`after\` to read what is older."
  cursor: String!
  node: ${event}!
}`;
}

function pageInfo(shareable: string): string {
  return `
"Where a page stands in its list."
type PageInfo @${shareable} {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}`;
}
