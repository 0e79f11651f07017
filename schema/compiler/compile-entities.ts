/** Phase 9: heads and fields together into entity models. */
import type { EntityModel } from "../model/entity.ts";
import { compileConcreteTypes } from "./compile-concrete-types.ts";
import type { PlacedField } from "./compile-entity-fields.ts";
import type { EntityScope } from "./compile-entity-heads.ts";

export function compileEntities(placed: readonly PlacedField[], scope: EntityScope): readonly EntityModel[] {
  return [...scope.entities.heads.values()].map((head): EntityModel => {
    const fields = placed.filter(({ entity }) => entity === head.name).map(({ field }) => field);
    return {
      name: head.name,
      owner: head.domain.name,
      description: head.type.description,
      identifiers: head.identifiers,
      concrete: compileConcreteTypes(head, fields, scope),
      fields,
    };
  });
}
