/** The settings of a Kafka of one node, broker and controller in one, for developers and tests. */

export interface KafkaSettings {
  readonly port: number;
  readonly controllerPort: number;
  /** Absolute. */
  readonly dataFolder: string;
}

/**
 * An acknowledged record is in the system's page cache, which outlives a killed broker but not a machine without power:
 * with one copy, that is as durable as this gets without a flush a record.
 */
export function kafkaProperties({ port, controllerPort, dataFolder }: KafkaSettings): string {
  const settings: Record<string, string | number | boolean> = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": dataFolder,
    "auto.create.topics.enable": false,
    // One node keeps one copy of everything; few partitions of the internal topics make a fast start.
    "default.replication.factor": 1,
    "min.insync.replicas": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    // A killed broker may register again once its last session has ended.
    "broker.session.timeout.ms": 2500,
    "broker.heartbeat.interval.ms": 500,
    // Nobody waits for members that may yet come, nor long for a transaction whose producer has gone.
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    "log.retention.check.interval.ms": 10_000,
    "controlled.shutdown.enable": false,
  };
  return lines(settings);
}

/** Kafka's own log goes to its standard output. */
export function log4jProperties(): string {
  return lines({
    "appender.out.type": "Console",
    "appender.out.name": "out",
    "appender.out.layout.type": "PatternLayout",
    "appender.out.layout.pattern": "[%d] %p %m (%c)%n",
    "rootLogger.level": "INFO",
    "rootLogger.appenderRef.out.ref": "out",
  });
}

function lines(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
