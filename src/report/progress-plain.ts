import { StringDecoder } from "node:string_decoder";
import type { BuildEvent } from "../engine/engine.ts";
import type { Messages } from "./messages.ts";
import type { Progress } from "./progress-types.ts";
import { terminalSafe } from "./terminal.ts";

/** One line an event, numbered as `docker buildx build --progress=plain` numbers its steps. */
export function plainProgress(messages: Messages): Progress {
  const numbers = new Map<string, number>();
  const named = new Set<string>();
  const tails = new Map<string, LineSplitter>();
  const number = (id: string): number => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    numbers.set(id, numbers.size + 1);
    return numbers.size;
  };
  const say = (id: string, text: string): void => messages.lines([`#${number(id)} ${text}`]);
  const log = (id: string, lines: readonly string[]): void => {
    for (const line of lines) say(id, terminalSafe(line));
  };
  return {
    event(event) {
      if (event.type === "step") step(event);
      else if (event.type === "log") {
        const splitter = tails.get(event.id) ?? lineSplitter();
        tails.set(event.id, splitter);
        log(event.id, splitter.push(event.data));
      } else if (event.type === "warning") messages.warning(event.message);
    },
    end() {
      for (const [id, splitter] of tails) log(id, splitter.end());
      tails.clear();
    },
  };

  function step(event: Extract<BuildEvent, { type: "step" }>): void {
    if (!named.has(event.id)) {
      named.add(event.id);
      say(event.id, event.name);
    }
    if (event.state === "started") return;
    log(event.id, tails.get(event.id)?.end() ?? []);
    tails.delete(event.id);
    const seconds = event.duration === null ? "" : ` ${(event.duration / 1000).toFixed(1)}s`;
    const words = { done: `DONE${seconds}`, cached: "CACHED", failed: "ERROR", canceled: "CANCELED" };
    say(event.id, words[event.state]);
  }
}

/** Cuts chunks of bytes into lines; UTF-8 characters parted by a chunk are put together again. */
export interface LineSplitter {
  push(data: Uint8Array): string[];
  /** The rest without a newline. */
  end(): string[];
}

export function lineSplitter(): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    push(data) {
      const lines = (rest + decoder.write(Buffer.from(data))).split("\n");
      rest = lines.pop() ?? "";
      return lines.map((line) => line.replace(/\r$/, ""));
    },
    end() {
      const last = rest + decoder.end();
      rest = "";
      return last === "" ? [] : [last];
    },
  };
}
