/** From Onefold's options to those of the Kafka client. */
import type { ConnectionOptions } from "node:tls";
import { logLevel, type KafkaConfig, type SASLOptions } from "kafkajs";
import type { KafkaOptions, KafkaTls } from "./kafka-connection.ts";

/** What a client may still try: once ended, it opens no connection and sends nothing more. */
export interface Lifeline {
  ended: boolean;
}

/** @default of {@link KafkaOptions.requestTimeoutMs} */
const defaultRequestTimeoutMs = 30_000;
const defaultSessionTimeoutMs = 30_000;
const maxConnectMs = 3000;

/** After so long without an answer an operation fails. */
export function operationTimeoutMs(options: KafkaOptions): number {
  return options.requestTimeoutMs ?? defaultRequestTimeoutMs;
}

export function sessionTimeoutMs(options: KafkaOptions): number {
  return options.sessionTimeoutMs ?? defaultSessionTimeoutMs;
}

/** One request gets a third of the time of an operation, so that a second try is possible. */
export function requestTimeoutMs(options: KafkaOptions): number {
  return Math.ceil(operationTimeoutMs(options) / 3);
}

export function namespaced(options: KafkaOptions, name: string): string {
  return (options.namespace ?? "") + name;
}

/** Without a lifeline, a failed connection is reported at once. With one, the client tries on until it ends. */
export function kafkaClientConfig(options: KafkaOptions, lifeline?: Lifeline): KafkaConfig {
  const timeoutMs = requestTimeoutMs(options);
  return {
    clientId: options.clientId,
    // An empty list is the one answer that ends the client's own loop of connecting.
    brokers: () => (lifeline?.ended === true ? [] : [...options.brokers]),
    connectionTimeout: Math.min(maxConnectMs, timeoutMs),
    authenticationTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: {
      initialRetryTime: 50,
      multiplier: 1.5,
      maxRetryTime: 1000,
      retries: lifeline === undefined ? 1 : Number.MAX_SAFE_INTEGER,
    },
    // Faults come as errors, which say more than the client's own lines.
    logLevel: logLevel.NOTHING,
    ...(options.ssl === undefined ? {} : { ssl: tlsOptions(options.ssl) }),
    ...(options.sasl === undefined ? {} : { sasl: { ...options.sasl } as SASLOptions }),
  };
}

function tlsOptions(ssl: boolean | KafkaTls): boolean | ConnectionOptions {
  return typeof ssl === "boolean" ? ssl : { ...ssl };
}
