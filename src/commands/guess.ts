import { expectedLibraries } from "../audit/expected.ts";
import { MsbDepsError } from "../base/errors.ts";
import { finishPaced } from "../base/steps.ts";
import { staticSubject } from "./audit-static.ts";
import { hold, openConfigs, showAs } from "./config/hold.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { writeAs } from "./write-result.ts";

/**
 * `msb-deps analyze --no-build`: the libraries that the -dev packages of the builders make expect. The exit code is 2, as
 * what was asked for was not worked out.
 *
 * @throws MsbDepsError `usage` if there is no runtime stage, or its release is not known
 */
export async function guessCommand(given: RunOptions, asked: ShowOptions, io: Io): Promise<number> {
  const held = await hold(given, { configs: openConfigs(given, io) });
  const show = showAs(asked, "analyze", [held.file]);
  const subject = await staticSubject(held, io);
  const { plan, facts } = await finishPaced(subject.look(subject.text), io.signal);
  if (facts.release === null || plan.copies.length === 0) {
    const why =
      plan.copies.length === 0
        ? "no stage copies anything from another"
        : `the release of ${facts.base.reference} is not known from its tag`;
    throw new MsbDepsError("usage", `nothing can be guessed without a build: ${why}.`, {
      hint: "Run without --no-build.",
    });
  }
  const document = { dockerfile: subject.file, release: facts.release.words, expected: expectedLibraries(plan, facts) };
  if (!show.quiet) {
    io.messages.warning(
      "nothing was built: this is a guess from the -dev packages of the builder stages, not the line. Run without --no-build for the line.",
    );
  }
  await writeAs("guess", document, show, io);
  return 2;
}
