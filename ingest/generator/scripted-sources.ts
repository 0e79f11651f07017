/** The sources that the generator has a script for, and whether a platform declares them in the form that it writes. */
import type { PlatformModel } from "../../schema/model/platform.ts";

interface SourceScript {
  readonly event: string;
  /** Its share of all traffic, about. */
  readonly share: number;
  /** What its records carry, by raw path. */
  readonly paths: readonly string[];
}

const scripts = {
  "shop-openings": { event: "ShopOpened", share: 0.001, paths: ["opening_id", "shop_id", "name", "ts"] },
  "item-listings": { event: "ItemListed", share: 0.008, paths: ["listing_id", "item_id", "shop_id", "title", "price"] },
  "member-registrations": { event: "MemberRegistered", share: 0.004, paths: ["registration_id", "member_id", "ts"] },
  "content-published": { event: "ContentPublished", share: 0.006, paths: ["publication_id", "content_id", "kind"] },
  "user-behavior": { event: "UserBehavior", share: 0.8, paths: ["user_id", "item_id", "behavior", "unix_seconds"] },
  orders: { event: "OrderPlaced", share: 0.017, paths: ["order_id", "member_id", "item_id", "quantity", "amount"] },
  payments: { event: "PaymentReceived", share: 0.016, paths: ["payment_id", "order_id", "member_id", "amount"] },
  engagement: { event: "Engagement", share: 0.148, paths: ["engagement_id", "member_id", "content_id", "action"] },
} as const satisfies Record<string, SourceScript>;

export type ScriptedSource = keyof typeof scripts;

/** Those that the platform declares, in an order in which what is referred to comes first. */
export function scriptedSources(platform: PlatformModel): readonly ScriptedSource[] {
  return (Object.keys(scripts) as ScriptedSource[]).filter((source) => {
    const script: SourceScript = scripts[source];
    const model = platform.events.find((event) => event.source === source && event.name === script.event);
    const paths = new Set(model?.fields.map(({ path }) => path.join(".")));
    return script.paths.every((path) => paths.has(path));
  });
}

/** Which part of all traffic these sources have, about. */
export function trafficShare(sources: readonly ScriptedSource[]): number {
  return sources.reduce((sum, source) => sum + scripts[source].share, 0);
}
