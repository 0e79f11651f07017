/**
 * Traces the gateway, with the attribute names of OpenTelemetry's semantic conventions: an operation is a span below the
 * caller's own; its plan and each read of a subgraph are spans below that.
 * @see https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
 */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from "@opentelemetry/api";
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import type { FetchRecord } from "../../gateway/watch/fetch-record.ts";
import type { FetchTrace, OperationRecord, OperationTrace } from "../../gateway/watch/operation-record.ts";
import { contextOf, formatTraceparent, parseTraceparent } from "./trace-context.ts";
import type { Tracing } from "./tracing.ts";

/** The part of a request by which a caller hands its trace on. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The context of the caller that sent these headers; the root where it sent none. */
export function callerContext(headers: Headers): Context {
  const text = headers["traceparent"];
  return contextOf(parseTraceparent(typeof text === "string" ? text : undefined));
}

/** What a client did wrong is no error of the server: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status */
const codesOfClients: ReadonlySet<string | null> = new Set([
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "DOCUMENT_LIMIT",
  "OPERATION_RESOLUTION_FAILURE",
]);

export function createGatewayTracer(tracing: Tracing): Pick<GatewayMonitor, "trace"> {
  return {
    trace(record, context) {
      const { type, name, door, startedAt } = record;
      const attributes: Attributes = {
        "graphql.operation.type": type,
        "onefold.door": door,
        "onefold.request.id": context.requestId,
      };
      if (name !== null) attributes["graphql.operation.name"] = name;
      const options = { kind: SpanKind.SERVER, attributes, startTime: startedAt };
      return operationTrace(tracing.start(type, options, callerContext(context.headers)), tracing);
    },
  };
}

function operationTrace(span: Span, tracing: Tracing): OperationTrace {
  const own = trace.setSpan(ROOT_CONTEXT, span);
  return {
    traceparent: formatTraceparent(span.spanContext()),
    within: (work) => tracing.below(own, work),
    fetch: (fetch) => fetchTrace(fetch, own, tracing),
    end(record) {
      if (span.isRecording()) {
        tracePlan(record, own, tracing);
        span.setAttributes({ "onefold.outcome": record.outcome, "onefold.shared": record.isShared });
        if (record.code !== null) span.setAttribute("error.type", record.code);
        if (record.outcome === "failed" && !codesOfClients.has(record.code)) fail(span, record.code);
      }
      span.end(record.startedAt + record.totalMs);
    },
  };
}

function tracePlan({ startedAt, ms, isPlanKnown }: OperationRecord, parent: Context, tracing: Tracing): void {
  if (isPlanKnown === undefined) return;
  const startTime = startedAt + ms.parse;
  const span = tracing.start("plan", { attributes: { "onefold.plan.known": isPlanKnown }, startTime }, parent);
  span.end(startTime + ms.plan);
}

function fetchTrace(fetch: FetchRecord, parent: Context, tracing: Tracing): FetchTrace {
  const { subgraph, operationName, startedAt } = fetch;
  const attributes: Attributes = { "onefold.subgraph": subgraph };
  if (operationName !== undefined) attributes["graphql.operation.name"] = operationName;
  const options = { kind: SpanKind.CLIENT, attributes, startTime: startedAt };
  const span = tracing.start(`subgraph ${subgraph}`, options, parent);
  const own = trace.setSpan(parent, span);
  return {
    traceparent: formatTraceparent(span.spanContext()),
    within: (work) => tracing.below(own, work),
    end() {
      if (span.isRecording()) {
        span.setAttributes(fetchAttributes(fetch));
        if (fetch.outcome !== "ok" && fetch.outcome !== "cancelled") fail(span, fetch.code);
      }
      span.end(startedAt + fetch.ms);
    },
  };
}

function fetchAttributes({ outcome, code, isShared, sent }: FetchRecord): Attributes {
  const attributes: Attributes = { "onefold.outcome": outcome, "onefold.shared": isShared };
  if (code !== null) attributes["error.type"] = code;
  if (sent === undefined) return attributes;
  const { protocol, hostname, port } = new URL(sent.url);
  return {
    ...attributes,
    "http.request.method": "POST",
    "url.full": sent.url,
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    ...(sent.status !== undefined && { "http.response.status_code": sent.status }),
    ...(sent.resends > 0 && { "http.request.resend_count": sent.resends }),
  };
}

function fail(span: Span, code: string | null): void {
  span.setStatus({ code: SpanStatusCode.ERROR, ...(code !== null && { message: code }) });
}
