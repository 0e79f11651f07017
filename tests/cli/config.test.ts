/** Settings: flags override the environment, which overrides the defaults. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { isLoopback, readConfig, readStartConfig } from "../../cli/config.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

const around = (env: Record<string, string> = {}, cwd = "/nowhere") => ({ env, cwd });

describe("settings", () => {
  it("have defaults", () => {
    expect(readStartConfig({}, around())).toMatchObject({
      host: "127.0.0.1",
      port: 4000,
      dataDir: "/nowhere/.onefold",
      ownDomains: true,
      corsOrigins: null,
      rate: 40,
      logLevel: "info",
    });
  });

  it("come from the environment, unless a flag says otherwise", () => {
    const env = {
      PORT: "1",
      HOST: "::1",
      ONEFOLD_DATA_DIR: "d",
      ONEFOLD_DOMAINS: "/x",
      ONEFOLD_CORS_ORIGINS: "https://a.b, *",
    };
    expect(readStartConfig({}, around(env))).toMatchObject({
      port: 1,
      host: "::1",
      dataDir: "/nowhere/d",
      domains: "/x",
      ownDomains: false,
      corsOrigins: ["https://a.b", "*"],
    });
    const flags = { port: "2", host: "h", dataDir: "/e", domains: "/y", corsOrigin: ["http://c"], generate: false };
    expect(readStartConfig(flags, around(env))).toMatchObject({
      port: 2,
      host: "h",
      dataDir: "/e",
      domains: "/y",
      corsOrigins: ["http://c"],
      rate: null,
    });
  });

  it("take an empty variable for none", () => {
    expect(readStartConfig({}, around({ PORT: "" })).port).toBe(4000);
  });

  it("prefer the declarations of the working directory", async () => {
    await using folder = await openTemporaryFolder();
    await mkdir(join(folder.path, "schema"));
    expect(readConfig({}, around({}, folder.path)).ownDomains).toBe(true);
    await writeFile(join(folder.path, "schema", "a.graphql"), "");
    expect(readConfig({}, around({}, folder.path))).toMatchObject({
      domains: join(folder.path, "schema"),
      ownDomains: false,
    });
  });

  it("know which addresses only this machine reaches", () => {
    expect(["127.0.0.1", "127.1.2.3", "localhost", "::1"].every(isLoopback)).toBe(true);
    expect(["0.0.0.0", "::", "192.168.0.1", "example.com"].some(isLoopback)).toBe(false);
  });
});
