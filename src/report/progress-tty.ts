import type { BuildEvent } from "../engine/engine.ts";
import type { Line, Messages } from "./messages.ts";
import { escapeUnsafe } from "./names.ts";
import { type LineSplitter, lineSplitter } from "./progress-plain.ts";
import type { Progress } from "./progress-types.ts";
import { cut, terminalSafe } from "./terminal.ts";

/** How many of the last log lines of each running step are shown. */
const LOG_LINES = 4;

interface RunningStep {
  readonly name: string;
  readonly splitter: LineSplitter;
  readonly log: string[];
  status: string | null;
}

/** Steps that ended stay as a line each; below them the running ones with their last log lines, drawn anew in place. */
export function ttyProgress(messages: Messages): Progress {
  const running = new Map<string, RunningStep>();
  const columns = (): number => Math.max(20, messages.columns);

  const draw = (ended: readonly string[]): void => {
    const lines: Line[] = [];
    for (const step of running.values()) {
      lines.push(cut(` => ${step.name}${step.status === null ? "" : `  ${step.status}`}`, columns() - 1));
      for (const line of step.log) lines.push([{ style: "dim", text: cut(` => => ${line}`, columns() - 1) }]);
    }
    messages.redraw(ended, lines);
  };

  return {
    event(event) {
      const ended = update(running, event, columns());
      if (ended !== null) draw(ended);
    },
    end() {
      messages.redraw([], []);
      running.clear();
    },
  };
}

/** Takes one event in; the lines of steps that it ended, or null where nothing on the screen changes. */
function update(running: Map<string, RunningStep>, event: BuildEvent, columns: number): readonly string[] | null {
  if (event.type === "warning") return [cut(` ! ${escapeUnsafe(event.message)}`, columns - 1)];
  if (event.type === "step") {
    const name = escapeUnsafe(event.name);
    if (event.state === "started") {
      if (!running.has(event.id)) running.set(event.id, { name, splitter: lineSplitter(), log: [], status: null });
      return [];
    }
    running.delete(event.id);
    const seconds = event.duration === null ? "" : `${(event.duration / 1000).toFixed(1)}s`;
    const words = { done: seconds, cached: "cached", failed: "failed", canceled: "canceled" };
    return [
      cut(
        ` => ${event.state === "cached" ? "CACHED " : ""}${name}  ${event.state === "cached" ? "" : words[event.state]}`.trimEnd(),
        columns - 1,
      ),
    ];
  }
  const step = running.get(event.id);
  if (step === undefined) return null;
  if (event.type === "log") {
    step.log.push(...step.splitter.push(event.data).map((line) => escapeUnsafe(terminalSafe(line))));
    step.log.splice(0, step.log.length - LOG_LINES);
  } else if (event.total > 0) {
    step.status = `${Math.floor((100 * event.current) / event.total)} %`;
  }
  return [];
}
