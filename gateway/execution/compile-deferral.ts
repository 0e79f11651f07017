/** Deferred fragments compiled: what each fetches, where its objects are, and how its payloads are written. */
import type { DeferredFragment } from "../planning/deferred-fragments.ts";
import type { PlannedOperation } from "../planning/plan-deferred.ts";
import { compilePlan, type PlanCompiler } from "./compile-plan.ts";
import { compileWay, type FollowWay } from "./deferred-way.ts";
import type { Step } from "./execution-state.ts";
import type { PlaceTree } from "./place-tree.ts";
import { compileObjectProjection, type ProjectionSource, type ProjectObject } from "./projection.ts";

export interface CompiledFragment {
  readonly label: string | undefined;
  /** Of the fragments before it: the one around it. */
  readonly parent: number | undefined;
  readonly run: Step;
  readonly follow: FollowWay;
  readonly project: ProjectObject;
}

export interface CompiledDeferral {
  readonly fragments: readonly CompiledFragment[];
}

export function compileDeferral(
  { deferred }: PlannedOperation,
  deps: { readonly source: ProjectionSource; readonly compiler: PlanCompiler },
): CompiledDeferral {
  const { types } = deps.source;
  const indexes = new Map(deferred.map(({ fragment }, index) => [fragment, index] as const));
  const branches: PlaceTree[] = [];
  const fragments = deferred.map(({ fragment, node }): CompiledFragment => {
    const parent = fragment.parent && indexes.get(fragment.parent);
    // Fragments are read beside one another: what one reads may not change what the other looks through.
    const around = (parent === undefined ? undefined : branches[parent]) ?? deps.compiler.places;
    const places = around.branch();
    branches.push(places);
    return {
      label: fragment.label,
      parent,
      run: node === undefined ? () => undefined : compilePlan(node, { ...deps.compiler, places }).run,
      follow: compileWay(fragment, { places, types }),
      project: compileFragment(fragment, { ...deps.source, root: places.root }),
    };
  });
  return { fragments };
}

function compileFragment({ steps, type, selections }: DeferredFragment, source: ProjectionSource): ProjectObject {
  const keys = steps.flatMap((step) => (step.kind === "field" ? [step.key] : []));
  return compileObjectProjection(source, { type, selections, at: source.root.at(keys) });
}
