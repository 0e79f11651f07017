/** What a gateway and its planner's process say to each other. One answer to each request, in order; one request at a time. */

export type ToPlanner =
  | { readonly kind: "open"; readonly graph: string; readonly supergraphSdl: string }
  /** Of a graph that is open. */
  | { readonly kind: "plan"; readonly graph: string; readonly operation: string };

export type FromPlanner =
  | { readonly kind: "opened" }
  /** `plan` is JSON: a plan node or null. `hasGrown`: the process has become so large that it had better be replaced. */
  | { readonly kind: "planned"; readonly plan: string; readonly hasGrown: boolean }
  /** The planner's own words. */
  | { readonly kind: "failed"; readonly message: string }
  /** The plan is longer than it may be. */
  | { readonly kind: "long" }
  /** Planning takes more memory than it may: the process ends. */
  | { readonly kind: "grew" };
