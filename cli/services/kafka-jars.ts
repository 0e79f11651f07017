/** The jars of Kafka: fetched once by Maven into a folder that all starts share. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
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

/**
 * Resolves to a folder that holds Kafka and all it needs, fetching it into `cache` if it is not there. Several processes
 * may do so at once: each fetches into a folder of its own, and the first to be ready gives it its name.
 * @throws ServiceMissingError
 */
export async function fetchKafkaJars(cache: string = defaultCache()): Promise<string> {
  const target = join(cache, `kafka-${kafkaVersion}`);
  if (await isFilled(target)) return target;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, "fetching-"));
  try {
    await writeFile(join(draft, "pom.xml"), pom);
    await runMaven(draft, join(draft, "jars"));
    await rename(join(draft, "jars"), target).catch(async (error: unknown) => {
      if (!(await isFilled(target))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
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
