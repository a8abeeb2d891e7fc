import type { Target } from "../target.ts";
import { oci, tar } from "./archive.ts";
import { apt, status } from "./debian.ts";
import { dockerfile, shell } from "./dockerfile.ts";
import { elf, notes } from "./elf.ts";
import { frames, http2, protobuf } from "./engine.ts";
import { cache, conf, listing } from "./loader.ts";

/** What is tried, by the name that `--only` takes. */
export const targets: Readonly<Record<string, Target>> = {
  elf,
  notes,
  tar,
  oci,
  status,
  apt,
  listing,
  protobuf,
  frames,
  http2,
  dockerfile,
  shell,
  "ld.so.conf": conf,
  "ld.so.cache": cache,
};
