/** The JSON schema of `onefold.yaml`, for editors: made from the schema that checks it. */
import { z } from "zod";
import { configSchema } from "./config-schema.ts";

/** JSON Schema draft 7, which YAML language servers know. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { target: "draft-07", io: "input" });
  return { ...schema, title: "onefold.yaml" };
}
