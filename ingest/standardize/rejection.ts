/** Tells a rejection from what was accepted. */
import type { Rejection } from "../../schema/model/event.ts";

export function isRejection(value: object): value is Rejection {
  return "rule" in value && "reason" in value;
}
