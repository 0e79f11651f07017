/** What GraphiQL offers can be asked as it stands, whatever domains are declared. */
import { parse, validate } from "graphql";
import { describe, expect, it } from "@jest/globals";
import { composeDomains } from "../../../cli/compose-domains.ts";
import { exampleQueries, FIRST_QUERY } from "../../../cli/instance/example-queries.ts";
import { buildApiSchema } from "../../../gateway/api-schema.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import { compilePlatform, samplePlatform } from "../../support/compile-platform.ts";

function mistakes(platform: PlatformModel, query: string): readonly string[] {
  return validate(buildApiSchema(composeDomains(platform)), parse(query)).map(({ message }) => message);
}

describe("example queries", () => {
  const samples = samplePlatform();

  it.each(exampleQueries(samples).map(({ name, query }) => [name, query]))(
    "of the samples are valid: %s",
    (_name, query) => {
      expect(mistakes(samples, query)).toEqual([]);
    },
  );

  it("begin with one that the start tells", () => {
    expect(mistakes(samples, FIRST_QUERY)).toEqual([]);
  });

  it("of any other domain are valid, too", () => {
    const platform = compilePlatform(`extend schema
  @domain(name: "parcels", owner: "a@b.c", description: "d") @source(name: "scans", description: "d")
type Scan @event(source: "scans", id: "scanId", key: "parcelId", time: "ts") {
  scanId: ID!
  parcelId: ID! @identifies(entity: "Parcel", as: "parcel")
  place: String
  ts: DateTime!
}
type Parcel @key(fields: "id") @entity(identifiers: [{ type: "parcel", strong: true }]) {
  id: ID!
  scans: Count! @count(of: "Scan")
  place: String @latest(of: "Scan.place")
}
`);
    const examples = exampleQueries(platform);
    expect(examples.map(({ name }) => name)).toEqual(["One Parcel", "Live: one Parcel"]);
    for (const { query } of examples) expect(mistakes(platform, query)).toEqual([]);
  });
});
