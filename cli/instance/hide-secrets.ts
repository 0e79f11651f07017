/** Takes secrets out of a line of the log, wherever they came from: fields by their names, and passwords in addresses. */

const names = "password|passwd|secret|token|authorization|api_?key|private_?key|cookie";
/** A JSON member whose name says that its value is secret. */
const member = new RegExp(`("[^"\\\\]*(?:${names})":")(?:[^"\\\\]|\\\\.)*`, "gi");
/** The same in a text that quotes JSON. */
const quotedMember = new RegExp(`(\\\\+"[^"\\\\]*(?:${names})\\\\+":\\s*\\\\+")[^"\\\\]*`, "gi");
/** `password=…`, as connection strings and query strings have it. */
const setting = new RegExp(`\\b((?:${names})=)[^\\s&;,"\\\\]+`, "gi");
/** `scheme://user:password@` */
const address = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*):[^\s/@"]+@/gi;

const HIDDEN = "[hidden]";

/** Takes a line of JSON, and gives one. */
export function hideSecrets(line: string): string {
  return [member, quotedMember, setting]
    .reduce((text, pattern) => text.replace(pattern, `$1${HIDDEN}`), line)
    .replace(address, `$1:${HIDDEN}@`);
}
