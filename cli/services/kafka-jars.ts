/** The jars of Kafka: fetched once by Maven into a folder that all starts share. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { homedir, platform } from "node:os";
import { join } from "node:path";
import { ServiceMissingError } from "./service.ts";

export const kafkaVersion = "4.1.0";
const log4jVersion = "2.24.3";
const scalaVersion = "2.13";

/** The goal is pinned, for Maven's own default is another one with each Maven. */
const copyGoal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>onefold</groupId>
  <artifactId>kafka-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_${scalaVersion}</artifactId>
      <version>${kafkaVersion}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${log4jVersion}</version>
    </dependency>
  </dependencies>
</project>
`;

const LOOK_MS = 200;

/**
 * Resolves to a folder that holds Kafka and all it needs, fetching it into `cache` if it is not there. Of several processes
 * one fetches, since two Mavens at once may spoil the folder of downloads that they share; the others wait for it.
 * @throws ServiceMissingError
 */
export async function fetchKafkaJars(cache: string = defaultCache()): Promise<string> {
  const target = join(cache, `kafka-${kafkaVersion}`);
  await mkdir(cache, { recursive: true });
  const lock = join(cache, "fetching");
  while (!(await isFilled(target))) {
    if (!(await tryLock(lock))) {
      await wait(LOOK_MS);
      continue;
    }
    try {
      if (!(await isFilled(target))) await fetchInto(cache, target);
    } finally {
      await rm(lock, { force: true });
    }
  }
  return target;
}

/** The file names its owner; one whose owner has ended is nobody's. */
async function tryLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    const owner = Number(await readFile(lock, "utf8").catch(() => ""));
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function fetchInto(cache: string, target: string): Promise<void> {
  const draft = await mkdtemp(join(cache, "fetching-"));
  try {
    await writeFile(join(draft, "pom.xml"), pom);
    await runMaven(draft, join(draft, "jars"));
    await rename(join(draft, "jars"), target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function runMaven(folder: string, output: string): Promise<void> {
  const args = ["-B", "-q", "-f", join(folder, "pom.xml"), copyGoal];
  const child = spawn("mvn", [...args, "-DincludeScope=runtime", `-DoutputDirectory=${output}`], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error) =>
      reject(
        new ServiceMissingError(
          "Kafka's jars are fetched by Maven, and `mvn` was not found: install it (Debian: `apt-get install maven`).",
          { cause: error },
        ),
      ),
    );
    child.on("close", resolve);
  });
  if (code !== 0) throw new ServiceMissingError(`Maven could not fetch Kafka ${kafkaVersion}:\n${said.trim()}`);
}

async function isFilled(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}

/** Where programs of this user keep what can be fetched again. */
function defaultCache(): string {
  switch (platform()) {
    case "darwin":
      return join(homedir(), "Library", "Caches", "onefold");
    case "win32":
      return join(homedir(), "AppData", "Local", "onefold", "cache");
    default:
      return join(homedir(), ".cache", "onefold");
  }
}
