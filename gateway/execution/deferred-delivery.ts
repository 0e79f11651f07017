/**
 * Delivery of deferred fragments: each is fetched once the answer around it is there, and gives one payload for each of its
 * objects that the client has.
 *
 *     first answer ──> fragments without a parent ──run──> payloads ──> fragments inside them ──run──> payloads …
 */
import type { GraphQLError } from "graphql";
import { encodeCursor } from "../../schema/cursor.ts";
import type { CompiledDeferral, CompiledFragment } from "./compile-deferral.ts";
import type { Given } from "./deferred-way.ts";
import { clientPath, isAbout, toGraphQLError } from "./client-error.ts";
import type { ExecutionState, FieldError, Path } from "./execution-state.ts";
import type { JoinedData } from "./joined-data.ts";
import { JsonWriter } from "./json-writer.ts";
import type { ObjectAt } from "./projection.ts";

/** One deferred fragment on one object. */
export interface IncrementalPayload {
  readonly data: unknown;
  readonly path: Path;
  readonly label?: string;
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface DeliveryDeps {
  readonly deferral: CompiledDeferral;
  /** In which the first part was read. */
  readonly state: ExecutionState;
  /** Makes an error fit for clients of a fault in fetching a fragment. */
  readonly maskFault: (error: unknown) => GraphQLError;
}

/** What stands around a fragment and was read before it. */
interface Around {
  readonly data: JoinedData;
  readonly given: readonly Given[];
  /** Of them some may be about what the fragment asks for. */
  readonly errors: readonly FieldError[];
}

const writer = new JsonWriter();

export class DeferredDelivery {
  readonly #deps: DeliveryDeps;
  #pending = 0;
  #ready: IncrementalPayload[] = [];
  #wake: (() => void) | undefined;

  /** @param data the first answer's, as the client gets it */
  constructor(deps: DeliveryDeps, data: unknown) {
    this.#deps = deps;
    this.#startInside(undefined, { data: deps.state.data, given: [{ path: [], data }], errors: deps.state.errors });
  }

  /** Whether payloads are still to come. */
  get isPending(): boolean {
    return this.#pending > 0 || this.#ready.length > 0;
  }

  /** The next payloads, as many as are there; none once nothing is pending. */
  async take(): Promise<readonly IncrementalPayload[]> {
    while (this.#ready.length === 0 && this.#pending > 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const taken = this.#ready;
    this.#ready = [];
    return taken;
  }

  /** Begins with the fragments that stand directly inside another one, or in the first answer. */
  #startInside(parent: number | undefined, around: Around): void {
    for (const [index, fragment] of this.#deps.deferral.fragments.entries()) {
      if (fragment.parent !== parent) continue;
      // Where the client has no object, there is nothing to add to.
      if (fragment.follow(around.data, around.given).length === 0) continue;
      this.#pending += 1;
      void this.#deliver(index, fragment, around);
    }
  }

  async #deliver(index: number, fragment: CompiledFragment, { data, given, errors: before }: Around): Promise<void> {
    const { state: first, maskFault } = this.#deps;
    const state: ExecutionState = { ...first, data: data.branch(), errors: [], cursor: undefined };
    try {
      await fragment.run(state);
      const errors = [...before, ...state.errors];
      const objects = fragment.follow(state.data, given);
      const written = objects.map((of) => this.#write(fragment, { of, state, errors }));
      this.#ready.push(...written.map(({ payload }) => payload));
      const next = written.map(({ of, payload }) => ({ path: of.path, data: payload.data }));
      this.#startInside(index, { data: state.data, given: next, errors });
    } catch (error) {
      const errors = [maskFault(error)];
      const objects = fragment.follow(data, given);
      this.#ready.push(
        ...objects.map(({ path }) => ({ data: null, path: clientPath(path), ...labelled(fragment), errors })),
      );
    }
    this.#pending -= 1;
    this.#wake?.();
  }

  #write(
    fragment: CompiledFragment,
    {
      of,
      state,
      errors,
    }: {
      readonly of: ObjectAt;
      readonly state: ExecutionState;
      readonly errors: readonly FieldError[];
    },
  ): { readonly of: ObjectAt; readonly payload: IncrementalPayload } {
    const near = errors.flatMap((error) => errorNear(error, of.path) ?? []);
    writer.clear();
    fragment.project({ data: state.data, errors: near, out: writer }, of);
    const data: unknown = JSON.parse(writer.take().toString("utf8"));
    const { wantsCursor } = state.context;
    const own = near.map(toGraphQLError).filter(({ path = [] }) => isAbout(data, path.slice(of.path.length)));
    const payload: IncrementalPayload = {
      data,
      path: clientPath(of.path),
      ...labelled(fragment),
      ...(own.length > 0 && { errors: own }),
      ...(wantsCursor && { extensions: { cursor: encodeCursor(state.cursor ?? {}) } }),
    };
    return { of, payload };
  }
}

function labelled({ label }: CompiledFragment): { readonly label?: string } {
  return label === undefined ? {} : { label };
}

/** An error that may be about an object at a path; undefined for any other. One about all such objects is told of each. */
function errorNear(error: FieldError, path: Path): FieldError | undefined {
  if (error.path === undefined) return undefined;
  const shared = Math.min(error.path.length, path.length);
  for (let index = 0; index < shared; index++) if (error.path[index] !== path[index]) return undefined;
  return error.path.length < path.length ? { ...error, path } : error;
}
