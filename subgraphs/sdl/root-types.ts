/** The root fields of a domain: look up and follow each entity that it owns, publish each of its events. */
import { Kind, type DefinitionNode, type FieldDefinitionNode } from "graphql";
import type { EntityModel } from "../../schema/model/entity.ts";
import { inputName, mutationName, queryName, subscriptionName } from "../../schema/model/generated-names.ts";
import type { SdlRequest } from "./sdl-request.ts";

const rootNames: readonly string[] = ["Query", "Mutation", "Subscription"];

/** The generated parts of Query, Mutation and Subscription, `PublishPayload` and `Acknowledge`, as SDL. */
export function rootTypes({ platform, domain, shareable }: SdlRequest): readonly string[] {
  const owned = platform.entities.filter(({ owner }) => owner === domain.name);
  const events = platform.events.filter((event) => event.domain === domain.name);
  return [
    ...rootType("Query", owned.map(lookup)),
    ...rootType(
      "Mutation",
      events.map(({ name }) => publish(name)),
    ),
    ...rootType("Subscription", owned.map(changed)),
    ...(events.length === 0 ? [] : [publishPayload(shareable)]),
  ];
}

/** Makes one definition of all parts of each root type; a field declared by hand wins over a generated one of its name. */
export function mergeRoots(nodes: readonly DefinitionNode[]): readonly DefinitionNode[] {
  const rest = nodes.filter((node) => rootName(node) === undefined);
  const roots = rootNames.flatMap((name): DefinitionNode[] => {
    const fields = new Map<string, FieldDefinitionNode>();
    for (const node of nodes) {
      if (rootName(node) !== name || !("fields" in node)) continue;
      for (const field of node.fields ?? []) {
        if (field.kind === Kind.FIELD_DEFINITION && !fields.has(field.name.value)) fields.set(field.name.value, field);
      }
    }
    if (fields.size === 0) return [];
    return [
      { kind: Kind.OBJECT_TYPE_DEFINITION, name: { kind: Kind.NAME, value: name }, fields: [...fields.values()] },
    ];
  });
  return [...rest, ...roots];
}

function rootName(node: DefinitionNode): string | undefined {
  const isObject = node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;
  return isObject && rootNames.includes(node.name.value) ? node.name.value : undefined;
}

function rootType(name: string, fields: readonly string[]): readonly string[] {
  return fields.length === 0 ? [] : [`type ${name} {\n${fields.join("\n")}\n}`];
}

function lookup({ name, concrete, identifiers }: EntityModel): string {
  const others = identifiers.slice(1).map(({ type }) => `\`${type}:…\``);
  const byOthers = others.length === 0 ? "" : `, or by ${others.join(", ")}`;
  const unknown = concrete === null ? "" : ", or what it is is not known yet";
  return `  "One ${name} by its id${byOthers}. Null if it was never seen${unknown}."
  ${queryName(name)}(id: ID!): ${name}`;
}

function changed({ name }: EntityModel): string {
  return `  "Sends the ${name} after each change of it. A slow reader gets the newest state."
  ${subscriptionName(name)}(id: ID!): ${name}!`;
}

function publish(event: string): string {
  return `  "Publishes one ${event}. Answers when reads of the stores that \`acknowledge\` names see its effect."
  ${mutationName(event)}(event: ${inputName(event)}!, acknowledge: Acknowledge! = STATE): PublishPayload!`;
}

function publishPayload(shareable: string): string {
  return `
"What became of a published event."
type PublishPayload @${shareable} {
  "Reads at or after this cursor include the event."
  cursor: String!
  eventId: ID!
}

"Which stores must include a published event before it is answered."
enum Acknowledge {
  "The entities' current values and recent events."
  STATE
  "Time series and rankings, too: within about two seconds."
  ALL
}`;
}
