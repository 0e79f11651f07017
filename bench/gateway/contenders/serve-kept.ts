/** The program of `node-http`: computes the answer to each request text once, and keeps it. Takes its port as argument. */
import { createServer } from "node:http";
import { commonText } from "../shop/shop-queries.ts";
import { answerWhole } from "../shop/whole-shop.ts";

const answers = new Map<string, Buffer>();

createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  request.on("end", () => {
    const key = commonText(text);
    const answer = answers.get(key) ?? Buffer.from(answerWhole(key));
    answers.set(key, answer);
    response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
    response.end(answer);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
