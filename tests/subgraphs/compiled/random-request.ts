/** Random requests to a subgraph: a list of numbers becomes an operation with variables, so that fast-check can shrink it. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLSchema,
} from "graphql";

export interface RandomRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface RequestOptions {
  readonly maxDepth: number;
  /** Values of arguments by name, as GraphQL writes them. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** What `_entities` is asked about. */
  readonly references: readonly unknown[];
}

/** `0` always chooses the plainest way, and stands for numbers that ran out: fewer numbers, smaller request. */
export function randomRequest(
  schema: GraphQLSchema,
  numbers: readonly number[],
  { maxDepth, values, references }: RequestOptions,
): RandomRequest {
  let used = 0;
  const choose = (options: number): number => (options === 0 ? 0 : (numbers[used++] ?? 0) % options);
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  const fragments: string[] = [];

  const variable = (type: string, value: string): string => {
    const name = `v${String(declared.length)}`;
    const given: unknown = JSON.parse(/^[A-Z]+$/.test(value) ? `"${value}"` : value);
    const nullable = type.replace(/!$/, "");
    switch (choose(4)) {
      case 0:
        declared.push(`$${name}: ${type}`);
        variables[name] = given;
        break;
      case 1:
        declared.push(`$${name}: ${nullable} = ${value}`);
        break;
      case 2:
        declared.push(`$${name}: ${type}`);
        if (!type.endsWith("!")) break;
        variables[name] = given;
        break;
      default:
        declared.push(`$${name}: ${nullable} = ${value}`);
        variables[name] = choose(3) === 0 ? null : given;
    }
    return `$${name}`;
  };

  const argument = ({ name, type }: GraphQLArgument): string => {
    if (name === "representations") {
      const count = choose(7);
      const list = Array.from({ length: count }, () => references[choose(references.length)]);
      declared.push("$references: [_Any!]!");
      variables["references"] = list;
      return `${name}: $references`;
    }
    const known = values[name] ?? [];
    const optional = String(type).endsWith("!") ? 0 : 1;
    const value = known[choose(known.length + optional)];
    if (value === undefined) return "";
    return `${name}: ${choose(3) === 1 ? variable(String(type), value) : value}`;
  };

  const directive = (): string => {
    const kind = choose(12);
    if (kind === 8) return ` @skip(if: ${choose(2) === 0 ? "true" : "false"})`;
    if (kind === 9) return ` @include(if: ${choose(2) === 0 ? "true" : "false"})`;
    if (kind < 10) return "";
    const name = `c${String(declared.length)}`;
    declared.push(`$${name}: Boolean${["!", " = true", " = false"][choose(3)] ?? "!"}`);
    if (declared.at(-1)?.endsWith("!") === true || choose(2) === 0) variables[name] = choose(2) === 0;
    return kind === 10 ? ` @skip(if: $${name})` : ` @include(if: $${name})`;
  };

  let aliases = 0;
  const field = (parent: GraphQLCompositeType, depth: number): string => {
    const fields = isUnionType(parent) ? [] : Object.values(parent.getFields());
    const usable = fields.filter(({ name, type }) => {
      if (name === "_entities" && declared.includes("$references: [_Any!]!")) return false;
      return depth > 0 || !isCompositeType(getNamedType(type));
    });
    const chosen = usable[choose(usable.length + 1)];
    if (chosen === undefined) return `__typename${directive()}`;
    const type = getNamedType(chosen.type);
    const list = chosen.args.map(argument).filter((text) => text !== "");
    const args = list.length === 0 ? "" : `(${list.join(", ")})`;
    // Fields of equal key must have equal arguments: those with arguments get a key of their own.
    const alias = args !== "" || choose(4) === 1 ? `a${String(aliases++)}: ` : "";
    const head = `${alias}${chosen.name}${args}${directive()}`;
    return isCompositeType(type) ? `${head} ${set(type, depth - 1)}` : head;
  };

  const conditions = (parent: GraphQLCompositeType): readonly GraphQLCompositeType[] =>
    Object.values(schema.getTypeMap()).filter(
      (type): type is GraphQLCompositeType =>
        isCompositeType(type) && !type.name.startsWith("__") && overlap(schema, parent, type),
    );

  const selection = (parent: GraphQLCompositeType, depth: number): string => {
    const kind = choose(7);
    if (kind < 5 && !isUnionType(parent)) return field(parent, depth);
    const types = conditions(parent);
    const type = types[choose(types.length)] ?? parent;
    if (kind < 6) return `... on ${type.name}${directive()} ${set(type, depth)}`;
    const at = fragments.push("") - 1;
    fragments[at] = `fragment F${String(at)} on ${type.name} ${set(type, depth)}`;
    return `...F${String(at)}${directive()}`;
  };

  let budget = 120;
  const set = (parent: GraphQLCompositeType, depth: number): string => {
    if (depth < 0 || budget-- <= 0) return "{ __typename }";
    const count = 1 + choose(5);
    return `{ ${Array.from({ length: count }, () => selection(parent, depth)).join(" ")} }`;
  };

  const root = schema.getQueryType();
  if (root == null) throw new Error("No query type.");
  const body = [set(root, maxDepth), ...fragments].join(" ");
  const head = declared.length === 0 ? "query" : `query (${declared.join(", ")})`;
  return { query: `${head} ${body}`, variables };
}

function overlap(schema: GraphQLSchema, a: GraphQLCompositeType, b: GraphQLCompositeType): boolean {
  const possible = (type: GraphQLCompositeType) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);
  return possible(a).some((type) => possible(b).includes(type));
}
