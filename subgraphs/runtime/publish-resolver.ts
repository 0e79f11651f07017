/** The mutation that publishes one event: answered when reads see its effect. */
import { GraphQLError } from "graphql";
import { encodeCursor, type CursorVector } from "../../schema/cursor.ts";
import { errorCatalogue } from "../../schema/errors.ts";
import type { EventModel } from "../../schema/model/event.ts";
import { rawFromInput } from "./raw-from-input.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";

export function publishResolver({ deps }: ResolverParts, event: EventModel): Resolver<unknown> {
  const timeName = event.fields[event.timeField]?.name ?? "";
  return async (_root, args, context) => {
    const input = isRecord(args["event"]) ? args["event"] : {};
    const raw = rawFromInput(event, { ...input, [timeName]: input[timeName] ?? deps.clock() });
    const outcome = await deps.publish(event, raw, args["acknowledge"] === "ALL" ? "all" : "state");
    context.forgetReads();
    switch (outcome.kind) {
      case "applied":
        context.collector.reach(outcome.cursor);
        return { cursor: encodeCursor(outcome.cursor), eventId: outcome.eventId };
      case "rejected":
        throw rejection(outcome.rule, outcome.reason);
      case "timeout":
        context.collector.reach(outcome.cursor);
        throw timeout(outcome.eventId, outcome.cursor);
    }
  };
}

function rejection(rule: string, reason: string): GraphQLError {
  const { remedy } = errorCatalogue.INPUT_INVALID;
  return new GraphQLError(reason, { extensions: { code: "INPUT_INVALID", rule, remedy } });
}

/** The event is safe: the cursor says what to wait for. */
function timeout(eventId: string, cursor: CursorVector): GraphQLError {
  const { cause, remedy } = errorCatalogue.WAIT_TIMEOUT;
  return new GraphQLError(cause, {
    extensions: { code: "WAIT_TIMEOUT", remedy, eventId, cursor: encodeCursor(cursor) },
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
