import { MsbDepsError } from "../../base/errors.ts";
import type { Image } from "../engine.ts";

/** What a stage told of its image. */
export type StageFacts = Pick<Image, "os" | "architecture" | "variant" | "config">;

/** e_machine → Docker's name. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const ARCHITECTURES: Readonly<Record<number, string>> = {
  3: "386",
  8: "mips",
  21: "ppc64le",
  22: "s390x",
  40: "arm",
  62: "amd64",
  183: "arm64",
  243: "riscv64",
  258: "loong64",
};

/**
 * Reads what inside.pl told: the first bytes of its perl, which say for what machine the image is, the user, the working
 * folder, the environment. The variables in `emptied` come under another name. Entrypoint and command are not told.
 */
export function parseFacts(bytes: Buffer, emptied: readonly string[]): StageFacts {
  const [head = "", user = "", workingDir = "/", ...environment] = bytes.toString("latin1").split("\0");
  const elf = Buffer.from(head, "hex");
  if (elf.length < 20) throw new MsbDepsError("look-failed", "the stage did not tell for what machine it is.");
  const machine = elf[5] === 2 ? elf.readUInt16BE(18) : elf.readUInt16LE(18);
  const hidden = new Set(emptied);
  const env = environment.flatMap((pair) => {
    const name = pair.slice(0, pair.indexOf("="));
    if (name.startsWith(KEPT) && hidden.has(name.slice(KEPT.length))) {
      const value = pair.slice(name.length + 1);
      return value === "" ? [] : [`${name.slice(KEPT.length)}=${value}`];
    }
    return hidden.has(name) || ADDED.has(name) || pair === "" ? [] : [pair];
  });
  return {
    os: "linux",
    architecture: ARCHITECTURES[machine] ?? "unknown",
    variant: null,
    config: {
      env: env.map((pair) => Buffer.from(pair, "latin1").toString("utf8")),
      workingDir: Buffer.from(workingDir, "latin1").toString("utf8"),
      user: user === "0" ? "" : user,
      entrypoint: [],
      cmd: [],
    },
  };
}

const KEPT = "MSB_DEPS_";
/** What the runtime adds to a process. */
const ADDED: ReadonlySet<string> = new Set(["HOME", "HOSTNAME", "PWD", "SHLVL", "_"]);
