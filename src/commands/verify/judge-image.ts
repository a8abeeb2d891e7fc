import { openImage } from "../../analysis/image.ts";
import { environmentOf, pathFoldersOf } from "../../analysis/set-scene.ts";
import { compareNames } from "../../base/names.ts";
import { finishPaced } from "../../base/steps.ts";
import type { Image } from "../../engine/engine.ts";
import { loaderPath } from "../../loader/loaders.ts";
import { preloadOfEnvironment } from "../../loader/preload.ts";
import { askFiles } from "../../look/ask-files.ts";
import { look } from "../../look/look.ts";
import { searchPathFolders } from "../../look/search-folders.ts";
import { judgeByRules, type LoaderEnvironment, troubleKey } from "../../proof/by-rules.ts";
import { heardOf, type Judgement, judgement, programTroubles } from "../../proof/judge.ts";
import type { Trouble } from "../../proof/model.ts";
import { type Subjects, startSubject, subjectsOf } from "../../proof/subjects.ts";
import type { FileQuestions } from "../../snapshot/answers.ts";
import type { LookRequest } from "../../snapshot/snapshot.ts";
import type { Work } from "./work.ts";

/** What an image was found to be, and how to ask again once packages are taken out. */
export interface JudgedImage {
  readonly judgement: Judgement;
  /** What no longer resolves without some packages; null where dpkg did not take them out. */
  without(packages: readonly string[]): Promise<readonly Trouble[] | null>;
  /** What does not resolve in another image, and does in this one. */
  newTroubles(other: Judgement): readonly Trouble[];
}

/**
 * Asks an image's own loader, and our rules, about every artifact at its place, and whether it has what it starts.
 *
 * @param filesMayLack the image was built without instructions that could have made files
 */
export async function judgeImage(work: Work, image: Image, filesMayLack: boolean): Promise<JudgedImage> {
  const { engine, signal, examination, input } = work;
  const variables = environmentOf(null, image.config.env);
  const environment: LoaderEnvironment = {
    libraryPath: variables.get("LD_LIBRARY_PATH") ?? "",
    preload: variables.get("LD_PRELOAD") ?? "",
  };
  const folders = pathFoldersOf(variables);
  const asking = subjectsOf(examination, folders, (name) => input.knowledge.isHostProvided(name));
  const start = startSubject(image.config, folders);
  const isAsked = asking.programs.some(({ path, name }) => path === start?.path && name === start.name);
  const programs = start === null || isAsked ? asking.programs : [...asking.programs, start];
  const subjects = { ...asking, programs, filesMayLack };
  const seen = openImage(await look(engine, image, lookRequest(subjects, environment), signal), "base");
  const verdicts = await finishPaced(judgeByRules(subjects.files, seen, environment), signal);
  const questions: FileQuestions = {
    purge: [],
    ...environment,
    files: verdicts.flatMap(({ question }) => question ?? []),
    programs: subjects.programs.flatMap(({ candidates }) => candidates),
  };
  const answers = await askFiles(engine, image, questions, signal);
  const judged = judgement(subjects, verdicts, seen, answers);
  const known = new Set(judged.unresolved.map(troubleKey));
  return {
    judgement: judged,
    newTroubles: ({ unresolved }) => unresolved.filter((one) => !known.has(troubleKey(one))),
    async without(packages) {
      const left = await askFiles(engine, image, { ...questions, purge: packages }, signal);
      if (left === null || left.purged !== 0) return null;
      const troubles = [
        ...questions.files.flatMap(({ path }, index) => heardOf(path, left.files[index]) ?? []),
        ...programTroubles(subjects.programs, seen, left),
      ];
      return troubles.filter((one) => !known.has(troubleKey(one)) && !isExempt(one, subjects));
    },
  };
}

function isExempt({ kind, name, path }: Trouble, subjects: Subjects): boolean {
  return kind === "library" && subjects.exemption(path, name) !== null;
}

/** The artifacts at their places, and whatever their loaders and interpreters need to be judged. */
function lookRequest(subjects: Subjects, { libraryPath, preload }: LoaderEnvironment): LookRequest {
  const elf = subjects.files.flatMap(({ path, file: { facts } }) => (facts === null ? [] : [{ path, facts }]));
  return {
    artifactPaths: absolute(
      subjects.files.flatMap(({ path, inArchive }) => [path, ...(inArchive ?? []).map(archiveOf)]),
    ),
    folders: absolute([
      // As for an RPATH, what is relative counts from /, where the loader is run.
      ...(libraryPath === "" ? [] : libraryPath.split(/[:;]/)).map((folder) =>
        folder.startsWith("/") ? folder : `/${folder}`,
      ),
      ...elf.flatMap(({ path, facts }) => searchPathFolders(facts, path, [])),
    ]),
    paths: absolute([
      ...subjects.programs.flatMap(({ candidates }) => candidates),
      ...elf.flatMap(({ facts }) => loaderPath(facts) ?? []),
      ...preloadOfEnvironment(preload).map(({ name }) => name),
    ]),
    askLoader: false,
    searchStrings: false,
  };
}

/** The archive of a path in one. */
function archiveOf(path: string): string {
  return path.slice(0, path.indexOf("!/"));
}

function absolute(paths: readonly string[]): string[] {
  return [...new Set(paths.filter((path) => path.startsWith("/") && !path.includes("\0")))].sort(compareNames);
}
