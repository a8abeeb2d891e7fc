import { list, object, text, textMap } from "../base/schema.ts";
import type { AptFacts, PackageContents } from "./apt.ts";
import { fileFact } from "./saved-schema.ts";

/** What apt said. */
export const aptFacts = object<AptFacts>({
  asked: list(text),
  packages: list(textMap),
  contents: list(object<PackageContents>({ package: text, architecture: text, files: list(fileFact) })),
});
