/** Reads a directive's argument as text. */
import { Kind, type ConstDirectiveNode } from "graphql";

/** Of a string, an enum value or a boolean; undefined for anything else and for none. */
export function directiveText(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.BOOLEAN) return String(value.value);
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}
