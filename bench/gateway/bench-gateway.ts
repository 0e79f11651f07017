/** Our gateway beside others from npm, over the same subgraphs on the same machine, in turns. */
import { readBenchOptions, usage, type BenchOptions } from "./bench-options.ts";
import { measureTier, type Sample } from "./measure-tier.ts";
import { summarize, tableLines } from "./summarize-samples.ts";
import { startShop } from "./shop/start-shop.ts";

export async function benchGateway(args: readonly string[]): Promise<void> {
  let options: BenchOptions;
  try {
    options = readBenchOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exitCode = 2;
    return;
  }
  for (const contender of options.contenders) await contender.prepare();
  using shop = await startShop();
  const samples: Sample[] = [];
  for (const tier of options.tiers) {
    for await (const sample of measureTier({ tier, supergraphSdl: shop.supergraphSdl, options })) {
      samples.push(sample);
      const { gateway, query, cpuMsPerRequest, requestsPerSecond } = sample;
      const figures = `${cpuMsPerRequest.toFixed(3)} ms CPU, ${requestsPerSecond.toFixed(0)} requests/s`;
      process.stderr.write(`${tier.padEnd(8)} ${query.padEnd(15)} ${gateway.padEnd(48)} ${figures}\n`);
    }
  }
  if (samples.some(({ wrong }) => wrong > 0)) process.exitCode = 1;
  for (const line of options.json ? [jsonOf(samples, options)] : textOf(samples)) console.log(line);
}

function jsonOf(samples: readonly Sample[], { rounds, seconds, warmUpSeconds, connections }: BenchOptions): string {
  const run = { date: new Date().toISOString(), rounds, seconds, warmUpSeconds, connections };
  return JSON.stringify({ run, rows: summarize(samples), samples }, null, 2);
}

function textOf(samples: readonly Sample[]): readonly string[] {
  if (samples.length === 0) return ["None of these gateways can be told to share that."];
  const others = samples.reduce((sum, { othersShare }) => sum + othersShare, 0) / samples.length;
  const lines = tableLines(summarize(samples));
  return [...lines, "", `Other processes took ${(others * 100).toFixed(0)} % of the machine meanwhile.`];
}
