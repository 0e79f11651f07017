/** What Redis answers, as text. */

/** Of bytes, a text or a number; null for nil. @throws TypeError for anything else */
export function replyText(reply: unknown): string | null {
  if (reply === null) return null;
  if (Buffer.isBuffer(reply)) return reply.toString("utf8");
  if (typeof reply === "string" || typeof reply === "number") return String(reply);
  throw new TypeError("Redis answered with something that is no text.");
}
