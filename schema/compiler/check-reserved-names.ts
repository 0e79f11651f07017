/** Checks over all domains that no declaration takes a name that is built in or generated. */
import type { NameNode } from "graphql";
import {
  connectionName,
  edgeName,
  inputName,
  mutationName,
  queryName,
  subscriptionName,
} from "../model/generated-names.ts";
import type { Compilation } from "./compilation.ts";
import type { EventIndex, EventScope } from "./compile-events.ts";
import { federationDefinitions, onefoldDefinitions } from "./directive-definitions.ts";

/** What a name is taken for, by name. */
type Taken = ReadonlyMap<string, string>;

export function checkReservedNames(scope: EventScope): void {
  const { entities, events, report } = scope;
  const types = takenTypes(events);
  const roots: Readonly<Record<string, Taken>> = {
    Query: new Map([...entities.heads.keys()].map((name) => [queryName(name), `reads one ${name}`])),
    Mutation: new Map([...events.drafts.keys()].map((name) => [mutationName(name), `publishes one ${name}`])),
    Subscription: new Map([...entities.heads.keys()].map((name) => [subscriptionName(name), `follows one ${name}`])),
  };
  for (const domain of scope.domains) {
    for (const type of domain.types.values()) {
      checkName(type.nameNode, types, scope);
      const taken = roots[type.name];
      for (const field of type.fields) {
        checkUnderscores(field.name, scope);
        const purpose = taken?.get(field.name.value);
        if (purpose === undefined) continue;
        const reason = `${type.name}.${field.name.value} is generated: it ${purpose}.`;
        report.add(field.name, reason, "Leave it out, or choose another name.");
      }
    }
  }
  checkTwins(scope);
}

function takenTypes(events: EventIndex): Taken {
  const generated = [...events.drafts.keys()].flatMap((event): (readonly [string, string])[] => [
    [connectionName(event), `the list of ${event}`],
    [edgeName(event), `the list of ${event}`],
    [inputName(event), `the mutation that publishes ${event}`],
  ]);
  const builtIn = [...onefoldDefinitions.types].map((name) => [name, "Onefold"] as const);
  const federation = [...federationDefinitions.types].map((name) => [name, "federation"] as const);
  return new Map([
    ["PageInfo", "lists"],
    ["PublishPayload", "the answer of mutations"],
    ["Acknowledge", "an argument of mutations"],
    ["_Any", "federation"],
    ["_Entity", "federation"],
    ["_Service", "federation"],
    ...federation,
    ...generated,
    ...builtIn,
  ]);
}

function checkName(name: NameNode, types: Taken, compilation: Compilation): void {
  checkUnderscores(name, compilation);
  const purpose = types.get(name.value);
  if (purpose === undefined) return;
  const isBuiltIn = onefoldDefinitions.types.has(name.value);
  const reason = `The type "${name.value}" is ${isBuiltIn ? "built in" : `generated for ${purpose}`}.`;
  compilation.report.add(name, reason, isBuiltIn ? "Leave the definition out and use it." : "Choose another name.");
}

function checkUnderscores(name: NameNode, { report }: Compilation): void {
  if (!name.value.startsWith("__")) return;
  report.add(
    name,
    `"${name.value}" begins with two underscores, which GraphQL keeps for itself.`,
    "Choose another name.",
  );
}

/** Two entities whose generated fields would have one name. */
function checkTwins({ entities, report }: EventScope): void {
  const seen = new Map<string, string>();
  for (const head of entities.heads.values()) {
    const other = seen.get(queryName(head.name));
    seen.set(queryName(head.name), head.name);
    if (other === undefined) continue;
    const reason = `The entities "${other}" and "${head.name}" would both be read by Query.${queryName(head.name)}.`;
    report.add(head.type.nameNode, reason, "Rename one of them.");
  }
}
