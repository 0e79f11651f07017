/** How options become those of the Kafka client. */
import { expect, it } from "@jest/globals";
import { kafkaClientConfig } from "../../../../stores/distributed/kafka/kafka-client-config.ts";

const plain = { brokers: ["one:9092", "two:9092"], clientId: "ingest" };

async function brokersOf(config: ReturnType<typeof kafkaClientConfig>): Promise<readonly string[]> {
  return typeof config.brokers === "function" ? await config.brokers() : config.brokers;
}

it("names the brokers until the lifeline ends", async () => {
  const lifeline = { ended: false };
  const config = kafkaClientConfig(plain, lifeline);
  expect(await brokersOf(config)).toEqual(plain.brokers);
  lifeline.ended = true;
  expect(await brokersOf(config)).toEqual([]);
});

it("speaks in the clear without options", () => {
  const config = kafkaClientConfig(plain);
  expect(config).toMatchObject({ clientId: "ingest" });
  expect(config).not.toHaveProperty("ssl");
  expect(config).not.toHaveProperty("sasl");
});

it("hands over certificates and the mechanism of SASL", () => {
  const ssl = { ca: "CA", cert: "CERT", key: "KEY", rejectUnauthorized: true };
  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    const sasl = { mechanism, username: "u", password: "p" };
    expect(kafkaClientConfig({ ...plain, ssl, sasl })).toMatchObject({ ssl, sasl });
  }
  expect(kafkaClientConfig({ ...plain, ssl: true }).ssl).toBe(true);
  expect(kafkaClientConfig({ ...plain, ssl: false }).ssl).toBe(false);
});

it("leaves time for a second try within an operation", () => {
  const { requestTimeout = 0, connectionTimeout = 0 } = kafkaClientConfig({ ...plain, requestTimeoutMs: 1500 });
  expect(2 * requestTimeout).toBeLessThan(1500);
  expect(connectionTimeout).toBeLessThanOrEqual(requestTimeout);
});
