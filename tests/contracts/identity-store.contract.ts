/** What every IdentityStore keeps, as claims; each adapter is bound to them in an `identity-store-<adapter>.test.ts`. */
import { describe, expect, it } from "@jest/globals";
import type { IdentityStore } from "../../stores/ports/identity-store.ts";

export interface IdentityStoreAdapter {
  readonly name: string;
  readonly open: () => Promise<IdentityStore>;
}

export function identityStoreContract(adapter: IdentityStoreAdapter): void {
  describe(adapter.name, () => {
    it("answers each identifier once, in order, repeated ones too", async () => {
      await using store = await adapter.open();
      const asked = ["member:2", "device:a", "member:1", "member:2"];
      const resolved = await store.resolve("Consumer", asked);
      expect(resolved).toHaveLength(asked.length);
      expect(resolved[3]).toEqual(resolved[0]);
      expect(await store.resolve("Consumer", [])).toEqual([]);
    });

    it("lets an unknown identifier stand for itself", async () => {
      await using store = await adapter.open();
      expect(await store.resolve("Consumer", ["member:42", "member:"])).toEqual([
        { canonical: "member:42", members: ["member:42"] },
        { canonical: "member:", members: ["member:"] },
      ]);
    });

    it("names the canonical identifier first among the members", async () => {
      await using store = await adapter.open();
      for (const { canonical, members } of await store.resolve("Consumer", ["member:42", "device:b"])) {
        expect(members[0]).toBe(canonical);
      }
    });
  });
}
