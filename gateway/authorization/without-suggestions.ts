/** What GraphQL suggests of a schema in errors: names that who may not introspect need not learn. */

/** Apollo Server leaves out the same. */
const suggestion = / ?Did you mean(.+?)\?$/;

export function withoutSuggestions(message: string): string {
  return message.replace(suggestion, "");
}
