/** Files beside mutations, from a client's form to the subgraph that takes them. */
import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { createRemoteSubgraph } from "../../../gateway/index.ts";
import { uploadDefaults, type UploadSettings } from "../../../gateway/uploads/upload-settings.ts";
import { openGateway, type Answer } from "../fixtures/gateway-client.ts";
import { until, untilSteady } from "../fixtures/until.ts";
import { uploadSubgraph, type UploadSubgraph } from "../fixtures/upload-subgraph.ts";

const one = "mutation ($file: Upload) { asave(file: $file) }";

async function open(settings: Partial<UploadSettings> | null, ...names: string[]) {
  const servers = await Promise.all((names.length === 0 ? ["a"] : names).map(uploadSubgraph));
  const subgraphs = await Promise.all(servers.map(({ name, sdl, url }) => createRemoteSubgraph({ name, sdl, url })));
  const gateway = await openGateway({
    subgraphs,
    ...(settings !== null && { options: { uploads: { ...uploadDefaults, ...settings } } }),
  });
  return {
    a: servers[0] as UploadSubgraph,
    servers,
    gateway,
    url: `${gateway.url}/graphql`,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      for (const subgraph of subgraphs) subgraph.close();
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}

function form(operations: unknown, map: unknown, files: Readonly<Record<string, Blob | undefined>>): FormData {
  const made = new FormData();
  if (operations !== undefined) made.set("operations", JSON.stringify(operations));
  if (map !== undefined) made.set("map", JSON.stringify(map));
  for (const [name, file] of Object.entries(files)) if (file !== undefined) made.set(name, file, `${name}.txt`);
  return made;
}

async function send(
  url: string,
  body: FormData,
  headers: Record<string, string> = { "apollo-require-preflight": "1" },
) {
  const response = await fetch(url, { method: "POST", body, headers });
  return { status: response.status, answer: (await response.json()) as Answer };
}

const text = (content: string | Buffer) => new Blob([new Uint8Array(Buffer.from(content))], { type: "text/plain" });
const shaOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("a file beside a mutation", () => {
  it("reaches the subgraph as it came, by the same specification", async () => {
    await using world = await open({});
    const content = randomBytes(3_000_000);
    const body = form({ query: one, variables: { file: null } }, { f: ["variables.file"] }, { f: text(content) });
    expect(await send(world.url, body)).toEqual({ status: 200, answer: { data: { asave: ["f.txt:3000000"] } } });
    expect(world.a.received).toMatchObject([
      {
        operations: { variables: { file: null } },
        map: { 0: ["variables.file"] },
        files: [{ name: "0", filename: "f.txt", type: "text/plain", bytes: 3_000_000, sha: shaOf(content) }],
      },
    ]);
  });

  it("may stand in lists and inputs, and at two places at once", async () => {
    await using world = await open({});
    const query =
      "mutation ($file: Upload, $files: [Upload!], $in: aIn) { asave(file: $file, files: $files, input: $in) }";
    const variables = { file: null, files: [null, null], in: { file: null, note: "n" } };
    const map = { x: ["variables.files.1", "variables.in.file"], y: ["variables.file"], z: ["variables.files.0"] };
    const sent = await send(
      world.url,
      form({ query, variables }, map, { z: text("zz"), x: text("x"), y: text("yyy") }),
    );
    expect(sent).toEqual({ status: 200, answer: { data: { asave: expect.anything() as unknown } } });
    const names = world.a.received[0]?.files.map(({ filename, bytes }) => `${filename}:${bytes}`).sort();
    expect(names).toEqual(["x.txt:1", "y.txt:3", "z.txt:2"]);
    const { operations, map: got } = world.a.received[0] ?? {};
    expect(operations).toMatchObject({ variables });
    expect(Object.values(got ?? {})).toEqual(
      expect.arrayContaining([["variables.files.1", "variables.in.file"], ["variables.file"], ["variables.files.0"]]),
    );
  });

  it("goes to each of two subgraphs, in the order of the fields", async () => {
    await using world = await open({}, "a", "b");
    const query = "mutation ($x: Upload, $y: Upload) { asave(file: $x) bsave(file: $y) }";
    const operations = { query, variables: { x: null, y: null } };
    const map = { x: ["variables.x"], y: ["variables.y"] };
    const big = randomBytes(300_000);
    const sent = await send(world.url, form(operations, map, { x: text(big), y: text(big) }));
    expect(sent.answer).toEqual({ data: { asave: ["x.txt:300000"], bsave: ["y.txt:300000"] } });
    const wrong = await send(world.url, form(operations, map, { y: text(big), x: text(big) }));
    expect(wrong).toMatchObject({
      status: 400,
      answer: { errors: [{ message: expect.stringContaining("order") as unknown }] },
    });
  });

  it("is not sent twice", async () => {
    await using world = await open({}, "a", "b");
    const query = "mutation ($x: Upload) { asave(file: $x) bsave(file: $x) }";
    const sent = await send(
      world.url,
      form({ query, variables: { x: null } }, { x: ["variables.x"] }, { x: text("x") }),
    );
    expect(sent.answer).toMatchObject({
      data: null,
      errors: [{ path: ["bsave"], message: "A file goes to one request to one subgraph only." }],
    });
    world.a.intercept = (request) => {
      request.destroy();
      return "hold";
    };
    const begun = world.a.begun;
    const lost = await send(
      world.url,
      form({ query: one, variables: { file: null } }, { x: ["variables.file"] }, { x: text("x") }),
    );
    expect(lost.answer.errors).toMatchObject([{ extensions: { code: "SUBGRAPH_UNAVAILABLE" } }]);
    expect(world.a.begun).toBe(begun + 1);
  });

  it("may be left unread by the subgraph", async () => {
    await using world = await open({ maxFileBytes: 30_000_000 });
    world.a.intercept = () => "ignore";
    const body = form(
      { query: one, variables: { file: null } },
      { f: ["variables.file"] },
      { f: text(randomBytes(20_000_000)) },
    );
    expect(await send(world.url, body)).toEqual({ status: 200, answer: { data: { asave: ["unread"] } } });
  });

  it("is read from the client no faster than the subgraph reads", async () => {
    await using world = await open({ maxFileBytes: 200_000_000, maxBytes: 200_000_000 });
    world.a.intercept = () => "hold";
    const { boundary, head } = rawForm();
    let sent = 0;
    const client = httpRequest(world.url, {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}`, "apollo-require-preflight": "1" },
    });
    client.on("error", () => undefined);
    client.write(head);
    const chunk = randomBytes(100_000);
    const pump = (): void => {
      while (sent < 100_000_000) {
        sent += chunk.length;
        if (!client.write(chunk)) return void client.once("drain", pump);
      }
    };
    pump();
    await until(() => world.a.begun === 1);
    expect(await untilSteady(() => sent, 1500)).toBeLessThan(20_000_000);
    client.destroy();
  });

  it("breaks off the subgraph's request when the client goes", async () => {
    await using world = await open({});
    const { boundary, head } = rawForm();
    const client = httpRequest(world.url, {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}`, "apollo-require-preflight": "1" },
    });
    client.on("error", () => undefined);
    client.write(head);
    client.write("the beginning");
    await until(() => world.a.bytes > 0);
    client.destroy();
    await until(() => world.a.broken === 1);
    expect(world.a.received).toEqual([]);
    expect(
      (
        await send(
          world.url,
          form({ query: one, variables: { file: null } }, { f: ["variables.file"] }, { f: text("x") }),
        )
      ).status,
    ).toBe(200);
  });
});

/** What stands before a file's bytes. */
function rawForm() {
  const boundary = "raw";
  const field = (name: string, value: unknown) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`;
  const head =
    field("operations", { query: one, variables: { file: null } }) +
    field("map", { f: ["variables.file"] }) +
    `--${boundary}\r\ncontent-disposition: form-data; name="f"; filename="f"\r\ncontent-type: text/plain\r\n\r\n`;
  return { boundary, head };
}

describe("a request with files that is refused", () => {
  const operations = { query: one, variables: { file: null } };
  const map = { f: ["variables.file"] };
  const f = text("content");

  it.each([
    ["more bytes than a file may have", { maxFileBytes: 5 }, form(operations, map, { f }), 413, "larger than 5 bytes"],
    ["more bytes than a request may have", { maxBytes: 50 }, form(operations, map, { f }), 413, "larger than 50 bytes"],
    ["more files", { maxFiles: 1 }, form(operations, map, { f, g: f }), 413, "more than 1 files"],
    [
      "more files in the map",
      { maxFiles: 1 },
      form(operations, { ...map, g: ["variables.file"] }, {}),
      400,
      "more than 1 files",
    ],
    ["a file that does not come", {}, form(operations, map, {}), 400, '"f" of the map did not come'],
    ["a path without a null", {}, form(operations, { f: ["variables.none"] }, { f }), 400, "leads to no null"],
    ["a path to a prototype", {}, form(operations, { f: ["variables.__proto__.x"] }, { f }), 400, "leads to no null"],
    [
      "two files for one place",
      {},
      form(operations, { ...map, g: ["variables.file"] }, { f, g: f }),
      400,
      "leads to no null",
    ],
    [
      "too many paths",
      {},
      form(operations, { f: Array.from({ length: 101 }, () => "variables.file") }, { f }),
      400,
      "no null",
    ],
    ["a map that is none", {}, form(operations, [], { f }), 400, "must be a JSON object"],
    ["no map", {}, form(operations, undefined, { f }), 400, "must come before the files"],
    ["no operations", {}, form(undefined, map, { f }), 400, "must come in this order"],
    ["a batch", {}, form([operations], { f: ["0.variables.file"] }, { f }), 400, "batches are not taken"],
  ])("has %s", async (_what, settings, body, ...[status, message]) => {
    await using world = await open(settings);
    const sent = await send(world.url, body);
    expect(sent.status).toBe(status);
    expect(sent.answer.errors?.[0]).toMatchObject({
      message: expect.stringContaining(message as string) as unknown,
      extensions: { code: "BAD_REQUEST" },
    });
    expect(world.a.received).toEqual([]);
  });

  it("asks for no leave by a preflight", async () => {
    await using world = await open({});
    const sent = await send(world.url, form(operations, map, { f }), {});
    expect(sent).toMatchObject({ status: 403, answer: { errors: [{ extensions: { code: "BAD_REQUEST" } }] } });
    expect(world.a.begun).toBe(0);
    for (const header of ["x-graphql-yoga-csrf", "graphql-require-preflight", "x-apollo-operation-name"]) {
      expect((await send(world.url, form(operations, map, { f }), { [header]: "1" })).status).toBe(200);
    }
  });

  it("comes to a gateway that takes no files", async () => {
    await using world = await open(null);
    const sent = await send(world.url, form(operations, map, { f }));
    expect(sent.status).toBeGreaterThanOrEqual(400);
    expect(world.a.begun).toBe(0);
  });

  it("brings a file for a value that is none", async () => {
    await using world = await open({});
    const wrong = await send(
      world.url,
      form(
        {
          query: "mutation ($file: String) { asave(input: { note: $file }) }",
          variables: { file: null },
        },
        map,
        { f },
      ),
    );
    expect(wrong.answer.errors?.[0]?.extensions?.["code"]).toBe("BAD_USER_INPUT");
    expect(world.a.begun).toBe(0);
  });
});
