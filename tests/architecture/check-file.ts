/** Reads one TypeScript file and lists where it breaks a rule of the house. Pure: path and text in, sentences out. */
import { posix } from "node:path";
import ts from "typescript";
import { refuseImport, refusePackage } from "./import-rule.ts";

export interface SourceFile {
  /** Relative to the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const maxLines = 500;
/** Names that say nothing. `root-types.ts` is fine where types of a schema are the subject; `types.ts` is not. */
const forbiddenNames = /(^|\/)types?\.ts$|(^|[/-])(utils?|helpers?|commons?|misc)\.ts$/;
const mayReadEnvironment = /^(cli\/config\.ts$|tests\/|bench\/)/;
/** Files whose default export is what a tool reads. */
const configurationFiles = new Set(["codegen.ts"]);

/** One sentence per broken rule, each starting with the file's path. */
export function checkFile(file: SourceFile): readonly string[] {
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true);
  return [
    ...checkImports(file),
    ...checkName(file),
    ...checkOpening(file),
    ...checkLength(file, tree),
    ...checkDefaultExport(file, tree),
    ...checkEnvironment(file, tree),
  ].map((violation) => `${file.path}: ${violation}`);
}

/** The specifiers that a file imports or re-exports, static or dynamic, types included. */
export function importsOf(file: SourceFile): readonly string[] {
  return ts.preProcessFile(file.text, true, true).importedFiles.map((reference) => reference.fileName);
}

function checkImports(file: SourceFile): readonly string[] {
  return importsOf(file).flatMap((specifier) => {
    const reason = specifier.startsWith(".")
      ? refuseImport(file.path, posix.normalize(posix.join(posix.dirname(file.path), specifier)))
      : refusePackage(file.path, specifier);
    return reason === undefined ? [] : [`imports ${specifier}, but ${reason}`];
  });
}

function checkName(file: SourceFile): readonly string[] {
  const name = posix.basename(file.path);
  if (forbiddenNames.test(file.path)) return [`"${name}" says nothing: name the file for what it does`];
  return /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract|scenario))?\.ts$/.test(name) ? [] : [`"${name}" is not kebab-case`];
}

/** A file opens with one doc sentence; only a `#!` line may stand before it. */
function checkOpening(file: SourceFile): readonly string[] {
  const opening = file.text.replace(/^#!.*\n/, "");
  return /^\/\*\*[^]*?\w[^]*?\*\//.test(opening) ? [] : ["does not open with a doc comment"];
}

/** Blank lines and comments do not count: only lines on which a token stands. */
function checkLength(file: SourceFile, tree: ts.SourceFile): readonly string[] {
  if (file.text.split("\n").length <= maxLines) return [];
  const used = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isToken(node) && node.kind !== ts.SyntaxKind.EndOfFileToken) {
      const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
      const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line;
      for (let line = first; line <= last; line++) used.add(line);
    }
    node.getChildren(tree).forEach(visit);
  };
  visit(tree);
  return used.size > maxLines ? [`has ${used.size} lines; the most is ${maxLines}`] : [];
}

function checkDefaultExport(file: SourceFile, tree: ts.SourceFile): readonly string[] {
  if (configurationFiles.has(file.path)) return [];
  return tree.statements.some(isDefaultExport) ? ["has a default export: export by name"] : [];
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
    return statement.exportClause.elements.some((element) => element.name.text === "default");
  }
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
}

function checkEnvironment(file: SourceFile, tree: ts.SourceFile): readonly string[] {
  if (mayReadEnvironment.test(file.path) || !file.text.includes("env")) return [];
  const reads = (node: ts.Node): boolean =>
    readsEnvironment(node) || (ts.forEachChild(node, (child) => reads(child) || undefined) ?? false);
  return reads(tree) ? ["reads process.env, which only cli/config.ts may"] : [];
}

function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === "env" && isProcess(node.expression);
  if (ts.isElementAccessExpression(node)) {
    const key = node.argumentExpression;
    return ts.isStringLiteralLike(key) && key.text === "env" && isProcess(node.expression);
  }
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name)) {
    return node.initializer !== undefined && isProcess(node.initializer) && namesEnv(node.name.elements);
  }
  return (
    ts.isImportDeclaration(node) &&
    ts.isStringLiteral(node.moduleSpecifier) &&
    /^(node:)?process$/.test(node.moduleSpecifier.text) &&
    node.importClause?.namedBindings !== undefined &&
    ts.isNamedImports(node.importClause.namedBindings) &&
    namesEnv(node.importClause.namedBindings.elements)
  );
}

function namesEnv(elements: readonly (ts.BindingElement | ts.ImportSpecifier)[]): boolean {
  return elements.some((element) => (element.propertyName ?? element.name).getText() === "env");
}

function isProcess(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === "process";
  return (
    ts.isPropertyAccessExpression(node) && node.name.text === "process" && node.expression.getText() === "globalThis"
  );
}
