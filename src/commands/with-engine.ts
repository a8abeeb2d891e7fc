import type { Engine } from "../engine/engine.ts";
import type { NamedEndpoint } from "../engine/named-endpoint.ts";
import { leftoverWarning } from "../report/leftovers.ts";
import type { Progress } from "../report/progress-types.ts";
import { openEngine } from "./gather.ts";
import type { Io } from "./options.ts";
import { writeStream } from "./write-result.ts";

/** Works with an engine; at the end everything made on it is removed, or named on standard error. */
export async function withEngine<T>(
  io: Pick<Io, "env" | "stderr" | "signal">,
  named: NamedEndpoint,
  progress: Pick<Progress, "end">,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(io, named);
  try {
    return await work(engine);
  } finally {
    const left = await engine.close();
    progress.end();
    await writeStream(io.stderr, leftoverWarning(left));
  }
}
