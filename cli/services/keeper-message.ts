/** What a keeper tells the command that started it: once, that its service is ready, or why it is not. */
export type KeeperMessage =
  | { readonly kind: "ready"; readonly address: string }
  /** `missing`: something must be installed first. */
  | { readonly kind: "failed"; readonly missing: boolean; readonly message: string };
