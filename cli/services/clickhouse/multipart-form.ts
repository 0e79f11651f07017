/** Reads the text fields of a multipart/form-data body. */
import { EndpointException } from "./endpoint-exception.ts";

const headersEnd = Buffer.from("\r\n\r\n");

/** The fields in order. @throws EndpointException where the body is no such form, or holds a file */
export function readMultipartForm(contentType: string, body: Buffer): [name: string, value: string][] {
  const boundary = /boundary=(?:"([^"]+)"|([^;]+))/i.exec(contentType);
  const delimiter = Buffer.from(`--${boundary?.[1] ?? boundary?.[2] ?? ""}`);
  const fields: [string, string][] = [];
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    const begin = at + delimiter.length;
    const end = body.indexOf(delimiter, begin);
    if (end < 0) return fields;
    const split = body.indexOf(headersEnd, begin);
    if (split < 0 || split > end) throw formException("A part of the form has no headers");
    const headers = body.toString("utf8", begin, split);
    const name = /[;\s]name="([^"]*)"/i.exec(headers)?.[1];
    if (name === undefined) throw formException("A part of the form has no name");
    // Files are ClickHouse's external tables.
    if (/filename="/i.test(headers))
      throw new EndpointException(48, "NOT_IMPLEMENTED", "External data is not supported");
    fields.push([name, body.toString("utf8", split + headersEnd.length, end - 2)]);
    at = end;
  }
  throw formException("The body has no part of a form");
}

export function formException(message: string): EndpointException {
  return new EndpointException(1000, "POCO_EXCEPTION", `Poco::Exception. HTML Form Exception: ${message}`);
}
