/** Finds what is written by hand for the declared domains: `subgraphs/<domain>/resolvers.ts` of this package. */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { DomainModel, PlatformModel } from "../../schema/model/platform.ts";
import type { DomainResolvers } from "../../subgraphs/runtime/domain-resolvers.ts";

/**
 * Resolvers by domain. With declarations of another folder, a domain that only has a sample's name gets nothing, while a
 * copy of the sample gets the sample's: its type has the fields that they resolve.
 */
export async function findWrittenResolvers(
  platform: PlatformModel,
  ownDomains: boolean,
): Promise<Readonly<Record<string, DomainResolvers>>> {
  const found: Record<string, DomainResolvers> = {};
  for (const domain of platform.domains) {
    const url = new URL(`../../subgraphs/${domain.name}/resolvers${extname(import.meta.url)}`, import.meta.url);
    if (!/^[\w-]+$/.test(domain.name) || !existsSync(fileURLToPath(url))) continue;
    const { resolvers } = (await import(url.href)) as { readonly resolvers: DomainResolvers };
    if (ownDomains || declaresAll(domain, resolvers)) found[domain.name] = resolvers;
  }
  return found;
}

function declaresAll({ document }: DomainModel, resolvers: DomainResolvers): boolean {
  return Object.entries(resolvers).every(([type, fields]) => {
    const declared = new Set(
      document.definitions.flatMap((node) =>
        (node.kind === "ObjectTypeDefinition" || node.kind === "ObjectTypeExtension") && node.name.value === type
          ? (node.fields ?? []).map((field) => field.name.value)
          : [],
      ),
    );
    return Object.keys(fields).every((field) => declared.has(field));
  });
}
