import { MsbDepsError } from "../base/errors.ts";
import { similarNames } from "../base/similar.ts";
import type { BuildPlan, Stage } from "../dockerfile/plan.ts";

/** Images that are named like stages sometimes are. Docker's official images, the most used of them. */
const IMAGES: ReadonlySet<string> = new Set(
  "alpine bash busybox caddy composer debian docker elixir erlang gcc golang haproxy httpd java julia mariadb maven memcached mongo mysql nginx node openjdk perl php postgres python rabbitmq redis ruby rust scratch swift tomcat traefik ubuntu wordpress".split(
    " ",
  ),
);

/**
 * Names of images that are most likely mistyped names of stages: a pull of such an image takes long to fail, or brings
 * something else. `contexts` are those of `--build-context`.
 *
 * @throws MsbDepsError `stage-missing`
 */
export function checkStageNames(plan: BuildPlan, contexts: readonly string[]): void {
  const { stages, runtimeImage } = plan;
  const bases = new Set(stages.flatMap(({ from, parent }) => (parent === null && from !== null ? from : [])));
  if (runtimeImage !== null) {
    const similar = mistaken(runtimeImage, stages, contexts);
    if (similar.length > 0) throw unknownStage(`--runtime ${runtimeImage}`, runtimeImage, similar);
  }
  for (const stage of stages) {
    const earlier = stages.slice(0, stage.index);
    const { from, fromText, parent, line } = stage;
    const base = parent === null && from !== null && fromText === from ? mistaken(from, earlier, contexts) : [];
    if (base.length > 0) throw unknownStage(`line ${line}: FROM ${from}`, from ?? "", base);
    for (const { what, name, at } of taken(stage)) {
      // An image that a stage begins with is meant.
      const similar = bases.has(name) ? [] : mistaken(name, earlier, contexts);
      if (similar.length > 0) throw unknownStage(`line ${at}: ${what}=${name}`, name, similar);
    }
  }
}

/** What a stage takes from images, as far as the file says. */
function taken({ instructions }: Stage): { readonly what: string; readonly name: string; readonly at: number }[] {
  return instructions.flatMap((one) => {
    if (one.kind === "copy" && one.from !== null && "image" in one.from)
      return [{ what: "COPY --from", name: one.from.image, at: one.line }];
    return one.kind === "run" ? one.mountsFrom.map((name) => ({ what: "RUN --mount from", name, at: one.line })) : [];
  });
}

/** The stages that a name may mean; none if it is the name of a stage, a context or a known image, or has a tag. */
function mistaken(name: string, stages: readonly Stage[], contexts: readonly string[]): string[] {
  const names = stages.flatMap((stage) => stage.name ?? []);
  if (!/^[a-z][\w-]*$/i.test(name) || IMAGES.has(name) || contexts.includes(name)) return [];
  return names.includes(name.toLowerCase()) ? [] : similarNames(name, names);
}

function unknownStage(where: string, name: string, similar: readonly string[]): MsbDepsError {
  return new MsbDepsError(
    "stage-missing",
    `${where}: there is no stage ${name}. Did you mean ${similar.join(" or ")}?`,
    {
      hint: `If it is an image, name its tag: ${name}:latest.`,
    },
  );
}
