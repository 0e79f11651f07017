/** Writes `onefold.yaml` where there is none. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONFIG_FILE } from "../config/find-config-file.ts";
import { systemErrorCode } from "../data-dir/system-error-code.ts";
import { UsageError } from "../exit-codes.ts";

/** Answers its name. The very same text there is as good. @throws UsageError where another one is there */
export async function writeNewConfig(cwd: string, text: string): Promise<string> {
  const path = join(cwd, CONFIG_FILE);
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    if ((await readFile(path, "utf8")) !== text) {
      throw new UsageError(`${CONFIG_FILE} is there already and says something else: it is left as it is.`);
    }
  }
  return CONFIG_FILE;
}
