/** Loads the declared domains for a command, or fails with every mistake in them. */
import { OnefoldError } from "../schema/errors.ts";
import type { Diagnostic } from "../schema/compiler/diagnostic.ts";
import { formatDiagnostics } from "../schema/compiler/format-diagnostics.ts";
import { loadDomains } from "../schema/load-domains.ts";
import type { PlatformModel } from "../schema/model/platform.ts";

/** Every mistake with its line stands in the message. */
export class DeclarationsInvalid extends OnefoldError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[]) {
    super("DECLARATION_INVALID", message, { remedy: "Mend them; `onefold check` shows what is left." });
    this.diagnostics = diagnostics;
  }
}

/** @throws DeclarationsInvalid */
export async function readDeclarations(folder: string): Promise<PlatformModel> {
  const loaded = await loadDomains(folder);
  if (loaded.kind === "compiled") return loaded.platform;
  const { diagnostics, texts } = loaded;
  throw new DeclarationsInvalid(formatDiagnostics(diagnostics, texts), diagnostics);
}
