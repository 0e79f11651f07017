/** Renders `docs/08-errors.md` from the error catalogue; `npm run codegen` writes it and a test compares. */
import { errorCatalogue } from "../../schema/errors.ts";

const opening = `# Errors

<!-- Generated from schema/errors.ts by \`npm run codegen\`. Change the catalogue, not this page. -->

Every error that Onefold shows carries one of these codes: in GraphQL as \`extensions.code\`, elsewhere beside the message.
The codes are stable: programs may decide by them. Messages are for people and may change.
`;

/** The whole page, one section a code in alphabetical order; each section's anchor is the code in lower case. */
export function renderErrorsPage(): string {
  const sections = Object.entries(errorCatalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { cause, remedy }]) => `## ${code}\n\n- **Cause.** ${cause}\n- **Remedy.** ${remedy}\n`);
  return [opening, ...sections].join("\n");
}
