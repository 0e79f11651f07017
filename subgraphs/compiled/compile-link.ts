/** A link to an entity, compiled: what to load is known before the run, and the entity's key is all that is read in it. */
import type { FieldNode, GraphQLResolveInfo } from "graphql";
import type { EntityLink } from "../runtime/entity-link.ts";
import { nodeSelection } from "../runtime/entity-node.ts";
import type { OperationCompiler } from "./operation-compiler.ts";
import type { Complete, LinkLoad } from "./read-run.ts";

/** `nodes`: the field that leads there. */
export function compileLink(
  { entity, mustExist, typeName }: EntityLink<never>,
  nodes: readonly FieldNode[],
  { complete, compiler }: { readonly complete: Complete; readonly compiler: OperationCompiler },
): LinkLoad {
  const { fragments, operation, index } = compiler;
  const place = { fieldNodes: nodes, fragments, operation } satisfies Partial<GraphQLResolveInfo>;
  const selected = compiler.selectionOf(place, entity);
  const known = typeName === undefined ? {} : { typeName };
  const selection = nodeSelection(index, { entity, selection: selected, ...known });
  return { entity, selection, mustExist, typeName, complete };
}
