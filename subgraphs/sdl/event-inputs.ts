/** One input type for each event of the domain: what a client gives to publish it. */
import type { EventField, EventModel } from "../../schema/model/event.ts";
import { inputName } from "../../schema/model/generated-names.ts";
import type { ScalarType } from "../../schema/model/value.ts";
import type { SdlRequest } from "./sdl-request.ts";

/** The input types as SDL. */
export function eventInputs({ platform, domain }: SdlRequest): readonly string[] {
  return platform.events.filter((event) => event.domain === domain.name).map(inputOf);
}

/** Whether a client may leave the field out: the server fills id and time, the declaration fills defaults. */
export function isOptionalInput(event: EventModel, field: EventField): boolean {
  return (
    field.nullable ||
    field.defaultValue !== undefined ||
    field.index === event.idField ||
    field.index === event.timeField
  );
}

function inputOf(event: EventModel): string {
  return `
${JSON.stringify(`To publish: ${event.description ?? event.name}`)}
input ${inputName(event.name)} {
${event.fields.map((field) => inputField(event, field)).join("\n")}
}`;
}

function inputField(event: EventModel, field: EventField): string {
  const note = describe(event, field);
  const named = field.list ? `[${graphqlName(field.type)}!]` : graphqlName(field.type);
  const type = isOptionalInput(event, field) ? named : `${named}!`;
  return `${note === "" ? "" : `  ${JSON.stringify(note)}\n`}  ${field.name}: ${type}`;
}

function describe(event: EventModel, field: EventField): string {
  const notes = [field.description ?? ""];
  if (field.index === event.timeField) notes.push("When it happened; now, if left out.");
  if (field.index === event.idField) notes.push("Identifies the event; made up, if left out.");
  return notes.filter((note) => note !== "").join(" ");
}

/** The GraphQL name of a scalar type. */
function graphqlName(type: ScalarType): string {
  switch (type.kind) {
    case "id":
      return "ID";
    case "string":
      return "String";
    case "int":
      return "Int";
    case "long":
      return "Long";
    case "float":
      return "Float";
    case "boolean":
      return "Boolean";
    case "dateTime":
      return "DateTime";
    case "decimal":
      return "Decimal";
    case "enum":
      return type.name;
  }
}
