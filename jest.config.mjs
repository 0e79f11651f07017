// Jest runs the TypeScript sources as they are: native ES modules, `.ts` specifiers, compiled file by file with swc.
const swc = {
  jsc: {
    target: "es2022",
    parser: { syntax: "typescript", decorators: false, explicitResourceManagement: true },
    keepClassNames: true,
  },
  module: { type: "es6" },
  sourceMaps: "inline",
};

export default {
  testEnvironment: "node",
  roots: ["<rootDir>/tests"],
  testMatch: ["<rootDir>/tests/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  transform: { "^.+\\.ts$": ["@swc/jest", swc] },
  extensionsToTreatAsEsm: [".ts"],
  maxWorkers: 2,
  // For slow machines: no test is about time.
  testTimeout: 120_000,
};
