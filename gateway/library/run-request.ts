/** One request of Apollo Server, as its executor gets it, run by the engine. */
import { GraphQLError } from "graphql";
import { isRefusal, type Principal } from "../authorization/principal.ts";
import type { Generation } from "../generation.ts";
import type { OperationAnswer } from "../execution/operation-answer.ts";
import { checkDocumentLimits, type DocumentLimits } from "../server/document-limits.ts";
import { createRequestContext, withHeaderWishes } from "../server/request-context.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import type { ApolloExecutor } from "./apollo-types.ts";

export type ApolloRequest = Parameters<ApolloExecutor>[0];

export interface RunOptions {
  readonly limits: DocumentLimits;
  /** As in `OnefoldGatewayOptions`. */
  readonly headersOf: (context: unknown) => Readonly<Record<string, string | undefined>>;
  /** As in `OnefoldGatewayOptions`. */
  readonly authorize: ((context: unknown) => Principal | null | Promise<Principal | null>) | undefined;
}

/** Never rejects, unless `headersOf` throws, or `authorize` with what is no refusal: nothing runs then. */
export function createRunRequest({
  limits,
  headersOf,
  authorize,
}: RunOptions): (request: ApolloRequest, generation: Generation) => Promise<OperationAnswer> {
  const checked = new WeakMap<ApolloRequest["document"], GraphQLError | null>();
  const refusalOf = ({ document, operation }: ApolloRequest): GraphQLError | null => {
    if (operation.operation === "subscription") return needsStream();
    const known = checked.get(document);
    if (known !== undefined) return known;
    const refusal = checkDocumentLimits(document, limits) ?? null;
    checked.set(document, refusal);
    return refusal;
  };
  return async (request, generation) => {
    const refusal = refusalOf(request);
    if (refusal !== null) return { errors: [refusal] };
    const { document, request: sent, context } = request;
    const asking = contextOf(sent, headersOf(context));
    const known = authorize === undefined ? asking : await identify(asking, () => authorize(context));
    if (known instanceof GraphQLError) return { errors: [known] };
    return generation.execute({
      document,
      operationName: sent.operationName,
      variables: sent.variables,
      context: known,
    });
  };
}

function contextOf(
  { http, extensions }: ApolloRequest["request"],
  own: Readonly<Record<string, string | undefined>>,
): RequestContext {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of http?.headers ?? []) headers[name] = value;
  for (const [name, value] of Object.entries(own)) headers[name.toLowerCase()] = value;
  return withHeaderWishes(createRequestContext(headers, extensions));
}

async function identify(
  asking: RequestContext,
  authorize: () => Principal | null | Promise<Principal | null>,
): Promise<RequestContext | GraphQLError> {
  try {
    const principal = await authorize();
    return { ...asking, principal, headers: { ...asking.headers, ...principal?.headers } };
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

/** By itself Apollo Server answers `{}`. */
function needsStream(): GraphQLError {
  const message = "Subscriptions are not served here: Apollo Server has no door for them behind a gateway.";
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST", http: { status: 406 } } });
}
