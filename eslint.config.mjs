// The lint rules of the house: typescript-eslint's strict set with types, plus the limits and bans of CONTRIBUTING.md.
import { defineConfig } from "eslint/config";
import { builtinRules } from "eslint/use-at-your-own-risk";
import tseslint from "typescript-eslint";

/** ESLint allows a rule one limit; a copy under another name gives size rules two: a warning first, an error later. */
const house = {
  rules: {
    "max-lines-hard": builtinRules.get("max-lines"),
    "max-lines-per-function-hard": builtinRules.get("max-lines-per-function"),
  },
};

const lines = (max) => ({ max, skipBlankLines: true, skipComments: true });

const bannedSyntax = [
  { selector: "ExportDefaultDeclaration", message: "Export by name." },
  { selector: "TSEnumDeclaration", message: "Use a union of literals." },
  {
    selector: "ExportNamedDeclaration > FunctionDeclaration[params.length>3]",
    message: "An exported function takes at most 3 parameters: hand over one object with named fields.",
  },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: "The environment is read in cli/config.ts only; take what you need as an argument.",
  },
];

export default defineConfig(
  { ignores: ["dist/", "coverage/", ".onefold/", "**/generated/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { house },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-params": ["error", 4],
      "max-lines": ["warn", lines(300)],
      "house/max-lines-hard": ["error", lines(500)],
      "max-lines-per-function": ["warn", lines(60)],
      "house/max-lines-per-function-hard": ["error", lines(80)],
      "no-restricted-syntax": ["error", ...bannedSyntax],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      // Ports are asynchronous whether or not an adapter needs to be, and an empty release is a fine release.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // A signal's reason and a caught error are thrown on as they are.
      "@typescript-eslint/only-throw-error": ["error", { allowThrowingAny: true, allowThrowingUnknown: true }],
      // A warning only: it takes a flag for constant that something else sets during an `await`.
      "@typescript-eslint/no-unnecessary-condition": ["warn", { allowConstantLoopConditions: true }],
      // The `Kind` of graphql-js is an enum whose values are meant to be compared with texts.
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
      // Ends in an endless recursion on types that refer to themselves (typescript-eslint 8.73).
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
    },
  },
  // Where the environment is read.
  {
    files: ["cli/config.ts", "tests/**/*.ts", "bench/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...bannedSyntax.filter((ban) => !ban.selector.includes("'env'"))] },
  },
  // Configuration that a tool reads by its default export.
  { files: ["codegen.ts"], rules: { "no-restricted-syntax": "off" } },
  // A test reads top to bottom in one long `describe`, and looks into answers whose type it is about to check.
  {
    files: ["tests/**/*.ts"],
    rules: {
      "max-lines-per-function": "off",
      "house/max-lines-per-function-hard": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  // Set-up scripts run before anything is installed: plain JavaScript, without types.
  {
    files: ["**/*.mjs"],
    plugins: { house },
    languageOptions: { ecmaVersion: 2023, sourceType: "module" },
    rules: {
      eqeqeq: "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "prefer-const": "error",
      "max-params": ["error", 3],
      "house/max-lines-hard": ["error", lines(500)],
      "house/max-lines-per-function-hard": ["error", lines(80)],
    },
  },
);
