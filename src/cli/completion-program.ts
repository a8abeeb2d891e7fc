import { Argument } from "commander";
import type { Io } from "../commands/options.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { type CommandWords, wordsOf } from "./completion/words.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { ToolCommand } from "./tool-command.ts";

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const satisfies Record<
  string,
  (commands: readonly CommandWords[]) => string
>;

/** `msb-deps completion`. */
export function completionProgram(io: Io, finished: (exitCode: number) => void): ToolCommand {
  const command = new ToolCommand("completion")
    .summary("print a script that completes commands, options and their values")
    .description(
      "Print a script that completes commands, options and their values in a shell. The script is made from the same definitions as --help.",
    )
    .usage("[options] <bash | zsh | fish>")
    .addArgument(new Argument("<shell>", "shell that reads the script").choices(Object.keys(SCRIPTS)))
    .showHelpAfterError("(run msb-deps completion --help for the options)")
    .addExamples(
      ["bash, now and in every later shell", "echo 'source <(msb-deps completion bash)' >> ~/.bashrc"],
      ["zsh, in a directory of fpath", "msb-deps completion zsh > ~/.zsh/completions/_msb-deps"],
      ["fish", "msb-deps completion fish > ~/.config/fish/completions/msb-deps.fish"],
    )
    .addExitCodes({ 0: "the script was printed", 2: "usage error" });
  return command.action(async (shell: keyof typeof SCRIPTS) => {
    await io.results.write(SCRIPTS[shell](wordsOf({ commands: command.parent?.commands ?? [] })), "verbatim");
    finished(0);
  });
}
