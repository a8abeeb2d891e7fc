import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseEnv } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { program } from "../../src/cli/program.ts";
import { folderOf } from "../files.ts";
import { collectedIo } from "../io.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 60_000 });

/** The commands of the console blocks of a page, each with what it prints. */
function commandsOf(page: string): { command: string; printed: string }[] {
  const blocks = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...lines] = part.split("\n");
        return { command, printed: lines.join("\n") };
      }),
  );
}

/** What a command line prints; variables may precede it. */
async function run(words: readonly string[]): Promise<string> {
  const start = words.indexOf("msb-deps");
  const { io, stdout, stderr } = collectedIo({ env: parseEnv(words.slice(0, start).join("\n")) });
  const running = program({ io, finished: () => {}, stopAfter: () => {}, showTimings: () => {} });
  await running.parseAsync(["node", ...words.slice(start)]).catch((error: unknown) => io.messages.error(error));
  return stderr() + stdout();
}

test.each([
  ["docs/config.md", 6],
  ["docs/ubuntu.md", 2],
])("%s shows what the commands print", async (page, least) => {
  const commands = commandsOf(await readFile(page, "utf8"));
  const home = process.cwd();
  process.chdir(await folderOf({ ".git": "" }));
  onTestFinished(() => process.chdir(home));
  expect(commands.length).toBeGreaterThan(least);
  for (const { command, printed } of commands) {
    const words = command.split(" ");
    if (words[0] === "cat") {
      const path = words[1] ?? "";
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, printed);
    } else expect(await run(words)).toBe(printed);
  }
});
