/** Twenty records that are no payments, each in its own way, and no line end within them. */

export function poisonRecords(): readonly Buffer[] {
  const at = Date.UTC(2024, 4, 1);
  const good = { id: "poison", account: "a1", amount: 1_000_000, at };
  const texts = [
    "{",
    "not json",
    "[]",
    "null",
    '"text"',
    "17",
    "{}",
    '{"__proto__": {"id": "x", "account": "a1", "amount": 1, "at": 1714521600000}}',
    '{"constructor": {"prototype": {"account": "a1"}}}',
    JSON.stringify({ ...good, account: null }),
    JSON.stringify({ ...good, account: "x".repeat(300) }),
    JSON.stringify({ ...good, amount: "much" }),
    JSON.stringify({ ...good, amount: 1.5 }),
    JSON.stringify({ ...good, amount: 2 ** 31 }),
    JSON.stringify({ ...good, amount: {} }),
    JSON.stringify({ ...good, at: "yesterday" }),
    JSON.stringify({ ...good, at: Date.UTC(2099, 0, 1) }),
    JSON.stringify({ version: 9, payment: good }),
    JSON.stringify({ ...good, account: undefined, note: "y".repeat(5_000_000) }),
  ];
  return [...texts.map((text) => Buffer.from(text)), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])];
}
