/** Starts a real Kafka of one node for developers and tests, as a child process on loopback. */
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, open, readFile, stat, writeFile, type FileHandle } from "node:fs/promises";
import { createServer } from "node:net";
import { platform } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { fetchKafkaJars } from "./kafka-jars.ts";
import { kafkaProperties, log4jProperties } from "./kafka-settings.ts";
import { ServiceMissingError, type RunningService, type ServiceOptions } from "./service.ts";

export interface KafkaServiceOptions extends ServiceOptions {
  /** @default 512 MiB */
  readonly heapMb?: number;
  /** Where Kafka's jars are kept. @default the user's cache folder */
  readonly jarsFolder?: string;
}

const startLimitMs = 90_000;
const stopLimitMs = 20_000;
const portTries = 3;
const pollMs = 100;

/**
 * Resolves when the broker answers clients. Its data stay in the folder, and a start on a folder that has some goes on
 * with them. Kafka's own log is `kafka.log` there. The broker ends with this process.
 * @throws ServiceMissingError when Java, or Maven for the first fetch, is not there
 */
export async function startKafka(options: KafkaServiceOptions): Promise<RunningService> {
  const jars = await fetchKafkaJars(options.jarsFolder);
  for (let tries = 1; ; tries++) {
    const node = new KafkaNode(options, join(jars, "*"));
    try {
      await node.start();
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      // Between looking for a free port and binding it, another process may have taken it.
      if (options.port !== 0 || tries >= portTries || error instanceof ServiceMissingError) throw error;
    }
  }
}

class KafkaNode implements RunningService {
  readonly name = "kafka";
  readonly #folder: string;
  readonly #heapMb: number;
  readonly #classPath: string;
  #port: number;
  #child: ChildProcess | null = null;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: KafkaServiceOptions, classPath: string) {
    this.#folder = options.folder;
    this.#heapMb = options.heapMb ?? 512;
    this.#port = options.port;
    this.#classPath = classPath;
  }

  get pids(): readonly number[] {
    return this.#child?.pid === undefined ? [] : [this.#child.pid];
  }

  get addresses(): readonly string[] {
    return [`127.0.0.1:${this.#port}`];
  }

  async start(): Promise<void> {
    const dataFolder = join(this.#folder, "data");
    await mkdir(dataFolder, { recursive: true });
    const [port, controllerPort] = await freePorts(this.#port);
    this.#port = port;
    await writeFile(this.#file("server.properties"), kafkaProperties({ port, controllerPort, dataFolder }));
    await writeFile(this.#file("log4j2.properties"), log4jProperties());
    await this.#format(dataFolder);
    await this.restart();
  }

  signal(name: NodeJS.Signals): void {
    if (this.#child?.kill(name) !== true) throw new Error("The Kafka broker is not running.");
  }

  async restart(): Promise<void> {
    if (isRunning(this.#child)) throw new Error("The Kafka broker is still running.");
    await using log = await open(this.#file("kafka.log"), "a");
    const child = this.#java([`-Xms${this.#heapMb}m`, `-Xmx${this.#heapMb}m`, "kafka.Kafka"], log);
    this.#child = child;
    this.#ended = once(child, "close");
    const guard = guardOf(child);
    child.once("close", () => guard?.kill("SIGKILL"));
    await this.#answers(child);
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Stops it in order; by force if that takes too long, or if it was frozen. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (!isRunning(child)) return;
    child.kill("SIGTERM");
    child.kill("SIGCONT");
    const force = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
    await this.#ended;
    clearTimeout(force);
  }

  /** Gives the folder a cluster id and the metadata's first snapshot, once. */
  async #format(dataFolder: string): Promise<void> {
    if (await exists(join(dataFolder, "meta.properties"))) return;
    const id = randomBytes(16).toString("base64url");
    await using log = await open(this.#file("format.log"), "a");
    const main = ["-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", "format", "-t", id, "-c"];
    const child = this.#java(main, log);
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`Kafka's storage could not be formatted:\n${await this.#tail("format.log")}`);
  }

  /** Runs a main class with the settings as its last argument. @throws ServiceMissingError */
  #java(args: readonly string[], log: FileHandle): ChildProcess {
    const flags = ["-XX:+UseSerialGC", `-Dlog4j2.configurationFile=${this.#file("log4j2.properties")}`];
    const classPath = ["-cp", this.#classPath];
    const child = spawn("java", [...flags, ...classPath, ...args, this.#file("server.properties")], {
      cwd: this.#folder,
      stdio: ["ignore", log.fd, log.fd],
    });
    return child;
  }

  async #answers(child: ChildProcess): Promise<void> {
    const failed = new Promise<never>((_, reject) => {
      child.once("error", (error) =>
        reject(
          new ServiceMissingError(
            "Kafka runs on Java 17 or later, and `java` was not found: install it (Debian: `apt-get install openjdk-17-jre-headless`).",
            { cause: error },
          ),
        ),
      );
      child.once("close", (code) => {
        void this.#tail("kafka.log").then((tail) => reject(new Error(`Kafka ended with ${String(code)}:\n${tail}`)));
      });
    });
    failed.catch(() => {});
    await Promise.race([failed, this.#untilMetadata(child)]);
  }

  async #untilMetadata(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + startLimitMs;
    const kafka = new Kafka({
      clientId: "onefold-services",
      brokers: [...this.addresses],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1000,
      requestTimeout: 5000,
      retry: { retries: 0 },
    });
    while (isRunning(child)) {
      const failure = await this.#ask(kafka);
      if (failure === null) return;
      if (performance.now() > deadline) throw failure;
      await wait(pollMs);
    }
  }

  /** Null when the broker is known to clients. */
  async #ask(kafka: Kafka): Promise<Error | null> {
    const admin = kafka.admin();
    try {
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      return brokers.some(({ port }) => port === this.#port) ? null : new Error("The Kafka broker is not registered.");
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      void admin.disconnect().catch(() => {});
    }
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  async #tail(file: string): Promise<string> {
    return (await readFile(this.#file(file), "utf8").catch(() => "")).slice(-2000);
  }
}

/** Ends the broker when this process ends, however it does: the guard's input closes then. */
function guardOf({ pid }: ChildProcess): ChildProcess | null {
  if (pid === undefined || platform() === "win32") return null;
  const stdio: StdioOptions = ["pipe", "ignore", "ignore"];
  const guard = spawn("/bin/sh", ["-c", `cat > /dev/null; kill -9 ${pid}`], { stdio, detached: true });
  guard.unref();
  return guard;
}

function isRunning(child: ChildProcess | null): child is ChildProcess {
  return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** The wanted port, or a free one for 0; and a free one for the controller. Held together, so that they differ. */
async function freePorts(wanted: number): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  try {
    const ports: number[] = [];
    for (const server of servers) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("A socket has no port.");
      ports.push(address.port);
    }
    const [free = 0, controller = 0] = ports;
    return [wanted === 0 ? free : wanted, controller];
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
