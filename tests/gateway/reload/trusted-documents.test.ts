/** The list of trusted documents: its forms, what is refused of it and why, and how it changes while it serves. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import type { ReloadOutcome } from "../../../gateway/gateway-monitor.ts";
import { readDocumentList } from "../../../gateway/reload/read-document-list.ts";
import { watchTrustedDocuments } from "../../../gateway/reload/watch-trusted-documents.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until } from "../fixtures/until.ts";

const manifest = (operations: unknown, others: object = {}): string =>
  JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations, ...others });

describe("a list of trusted documents", () => {
  it("is a plain object of texts by id, or a manifest as Apollo's tools write it", async () => {
    const texts = { a: "{ me { id } }", b: "query B { me { name } }" };
    expect(await readDocumentList(JSON.stringify(texts), "list.json")).toEqual(texts);
    const operations = Object.entries(texts).map(([id, body]) => ({ id, name: id, type: "query", body }));
    expect(await readDocumentList(manifest(operations), "list.json")).toEqual(texts);
    expect(await readDocumentList("{}", "list.json")).toEqual({});
  });

  it.each<[string, string, string]>([
    ["is cut", '{"a": "{ me', "it is not JSON"],
    ["is a list", "[]", "it is no JSON object"],
    ["is of another format", manifest([], { format: "relay" }), 'its format is "relay"'],
    ["is of another version", manifest([], { version: 2 }), "its version is 2, and only 1 is known"],
    ["has no operations", manifest(undefined), "its operations are no list"],
    ["has an operation without an id", manifest([{ body: "{ a }" }]), "the operation at place 0 has no id"],
    ["has something that is no operation", manifest([7]), "the operation at place 0 has no id"],
    ["has an operation without a text", manifest([{ id: "a" }]), 'the document "a" has no text'],
    ["has a text that is none", '{"a": 1}', 'the document "a" has no text'],
    ["has a text that is not GraphQL", '{"a": "{ me {"}', 'the document "a" is not GraphQL (Syntax Error'],
    [
      "has one id twice",
      manifest([
        { id: "a", body: "{ a }" },
        { id: "a", body: "{ b }" },
      ]),
      'two documents "a"',
    ],
  ])("is refused with the reason where it %s", async (_what, text, reason) => {
    const refused = expect(readDocumentList(text, "list.json")).rejects;
    await refused.toMatchObject({ code: "INPUT_INVALID" });
    await expect(readDocumentList(text, "list.json")).rejects.toThrow(
      `The list of trusted documents list.json is refused: `,
    );
    await expect(readDocumentList(text, "list.json")).rejects.toThrow(reason);
  });

  it("is taken anew when it changes; one that cannot be taken is refused once, and the one before serves on", async () => {
    await using folder = await openTemporaryFolder();
    const path = join(folder.path, "list.json");
    const write = async (text: string): Promise<void> => {
      await writeFile(`${path}.next`, text);
      await rename(`${path}.next`, path);
    };
    await write('{"one": "{ me { id } }"}');
    const told: ReloadOutcome[] = [];
    const said: string[] = [];
    const logger = { ...silentLogger, error: (details: object) => void said.push(JSON.stringify(details)) };
    const monitor = { documentsReloaded: (outcome: ReloadOutcome) => told.push(outcome) };
    using watched = await watchTrustedDocuments({ path, everyMs: 5, logger, monitor });
    await using gateway = await openGateway({
      subgraphs: shopGraph().subgraphs,
      options: { trustedDocuments: watched.documents },
    });
    const codeOf = async (query: string): Promise<unknown> =>
      (await gateway.ask(query)).errors?.[0]?.extensions?.["code"];
    expect([await codeOf("{ me { id } }"), await codeOf("{ me { name } }")]).toEqual([
      undefined,
      "DOCUMENT_NOT_TRUSTED",
    ]);

    await write('{"one": "{ me {"}');
    await until(() => watched.refusal !== null);
    expect(watched.refusal).toContain('the document "one" is not GraphQL');
    expect([await codeOf("{ me { id } }"), await codeOf("{ me { name } }")]).toEqual([
      undefined,
      "DOCUMENT_NOT_TRUSTED",
    ]);

    await write('{"two": "{ me { name } }"}');
    await until(() => watched.refusal === null);
    expect([await codeOf("{ me { id } }"), await codeOf("{ me { name } }")]).toEqual([
      "DOCUMENT_NOT_TRUSTED",
      undefined,
    ]);
    await rm(path);
    await until(() => watched.refusal !== null);
    expect(await codeOf("{ me { name } }")).toBeUndefined();
    expect(told).toEqual(["refused", "served", "refused"]);
    expect(said).toHaveLength(2);
  });
});
