/** The printed SDL of a domain: what stays, what goes, what is generated, and that the domains compose. */
import { describe, expect, it } from "@jest/globals";
import { compositionHasErrors, composeServices } from "@theguild/federation-composition";
import { buildASTSchema, isInputObjectType, isObjectType, parse, type GraphQLSchema } from "graphql";
import { onefoldDefinitions } from "../../../schema/compiler/directive-definitions.ts";
import { printSubgraph } from "../../../subgraphs/sdl/print-subgraph.ts";
import { compile, compileSamples } from "../sample-platform.ts";

const platform = compileSamples();

/** Federation's directives are of no interest to the checks here. */
function schemaOf(sdl: string): GraphQLSchema {
  return buildASTSchema(parse(sdl), { assumeValidSDL: true });
}

describe("the sample domains' subgraphs", () => {
  it("compose into one supergraph without errors", () => {
    const services = platform.domains.map(({ name }) => ({ name, typeDefs: parse(printSubgraph(platform, name)) }));
    const result = composeServices(services);
    expect(compositionHasErrors(result) ? result.errors.map(({ message }) => message) : []).toEqual([]);
    expect(result.supergraphSdl).toContain("type Consumer");
  });

  it.each(platform.domains.map(({ name }) => name))("%s shows no directive of Onefold's", (name) => {
    const own = [...onefoldDefinitions.directives.keys()].filter((directive) => directive !== "deprecated");
    const sdl = printSubgraph(platform, name);
    const used = [...sdl.matchAll(/ @(\w+)/g)].map(([, directive]) => directive);
    expect(used.filter((directive) => directive !== undefined && own.includes(directive))).toEqual([]);
    expect(used).toContain("key");
  });

  it("keep descriptions, and print the same text each time", () => {
    const sdl = printSubgraph(platform, "consumer");
    expect(sdl).toContain('"A person, under any account or device."\ntype Consumer @key(fields: "id") {');
    expect(printSubgraph(compileSamples(), "consumer")).toBe(sdl);
  });
});

describe("generated root fields", () => {
  it("look up, follow and publish what the domain owns, and nothing else", () => {
    const roots = ["Query", "Mutation", "Subscription"].map((name) => {
      const type = schemaOf(printSubgraph(platform, "enterprise")).getType(name);
      return isObjectType(type) ? Object.keys(type.getFields()) : [];
    });
    expect(roots).toEqual([
      ["hotItems", "item", "shop"],
      ["publishShopOpened", "publishItemListed", "publishOrderPlaced", "publishPaymentReceived"],
      ["itemChanged", "shopChanged"],
    ]);
  });

  it("have these types", () => {
    const sdl = printSubgraph(platform, "consumer");
    expect(sdl.slice(sdl.indexOf("type Query"), sdl.indexOf('"UTC instant'))).toMatchInlineSnapshot(`
     "type Query {
       "One Consumer by its id, or by \`device:…\`. Null if it was never seen."
       consumer(id: ID!): Consumer
     }

     type Mutation {
       "Publishes one UserBehavior. Answers when reads of the stores that \`acknowledge\` names see its effect."
       publishUserBehavior(event: UserBehaviorInput!, acknowledge: Acknowledge! = STATE): PublishPayload!
       "Publishes one MemberRegistered. Answers when reads of the stores that \`acknowledge\` names see its effect."
       publishMemberRegistered(event: MemberRegisteredInput!, acknowledge: Acknowledge! = STATE): PublishPayload!
     }

     type Subscription {
       "Sends the Consumer after each change of it. A slow reader gets the newest state."
       consumerChanged(id: ID!): Consumer!
     }

     "
    `);
  });

  it("take an input in which id, time, nullable fields and fields with a default may be left out", () => {
    const input = schemaOf(printSubgraph(platform, "content")).getType("EngagementInput");
    const fields = isInputObjectType(input) ? Object.values(input.getFields()) : [];
    expect(fields.map(({ name, type }) => `${name}: ${type.toString()}`)).toEqual([
      "engagementId: ID",
      "memberId: ID!",
      "contentId: ID!",
      "action: EngagementAction!",
      "seconds: Int",
      "ts: DateTime",
    ]);
  });
});

describe("a domain's own @link", () => {
  const event = `
    type Ping @event(source: "pings", key: "thing", time: "at") {
      thing: ID! @identifies(entity: "Thing", as: "thing")
      at: DateTime!
    }
    type Thing @KEY(fields: "id") @entity(identifiers: [{ type: "thing" }]) {
      id: ID!
      pings: Count! @count(of: "Ping")
      recent(first: Int = 20, after: String): PingConnection! @recent(of: "Ping")
    }`;
  const print = (link: string, key: string): string => {
    const head = `extend schema ${link} @domain(name: "things", owner: "a@example.com") @source(name: "pings")`;
    return printSubgraph(compile([{ file: "things.graphql", text: head + event.replace("KEY", key) }]), "things");
  };

  it("is kept, and @shareable takes the name that it has there", () => {
    const link = '@link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])';
    const sdl = print(link, "key");
    expect(sdl.startsWith(`extend schema ${link}\n`)).toBe(true);
    expect(sdl).toContain("type PageInfo @federation__shareable {");
  });

  it("may rename @shareable", () => {
    const imports = '["@key", { name: "@shareable", as: "@common" }]';
    const sdl = print(`@link(url: "https://specs.apollo.dev/federation/v2.5", import: ${imports})`, "key");
    expect(sdl).toContain("type PageInfo @common {");
    expect(compositionHasErrors(composeServices([{ name: "things", typeDefs: parse(sdl) }]))).toBe(false);
  });
});
