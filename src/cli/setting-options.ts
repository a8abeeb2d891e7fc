import { type Command, Option } from "commander";
import { MsbDepsError } from "../base/errors.ts";
import type { AddedHost, BuildSettings, SecretSource, SshForward } from "../engine/buildkit/settings.ts";
import { addHost, buildContext, cacheFrom, label, noCacheFilter, secret, size, ssh, ulimit } from "./build-settings.ts";
import { duration } from "./duration.ts";

/** What the options of {@link addSettingOptions} come to. */
export interface SettingFlags {
  readonly cache: boolean;
  readonly secret?: SecretSource[];
  readonly ssh?: SshForward[];
  readonly buildContext?: Record<string, string>;
  readonly network: BuildSettings["network"];
  readonly addHost?: AddedHost[];
  readonly label?: Record<string, string>;
  readonly cacheFrom?: string[];
  readonly noCacheFilter?: string[];
  readonly shmSize?: number;
  readonly ulimit?: string[];
  readonly builtinFrontend?: boolean;
  readonly host?: string;
  readonly dockerContext?: string;
  readonly builder?: string;
  readonly inBuild?: boolean;
  readonly engineTimeout?: number;
}

/** The options that mean what they mean to `docker build`, and those that name an engine. */
export function addSettingOptions(command: Command, env: Readonly<Record<string, string | undefined>>): Command {
  const filter = new Option("--no-cache-filter <stage>", "build these stages without the cache; repeatable").argParser(
    noCacheFilter,
  );
  // Not the negation of a --cache-filter, for which commander would take it.
  filter.negate = false;
  command
    .option(
      "--secret <id=name[,src=file|env=var]>",
      "secret for RUN --mount=type=secret; repeatable",
      (value, before: SecretSource[] | undefined) => secret(value, before, env),
    )
    .option("--ssh <default|id=socket>", "agent for RUN --mount=type=ssh; repeatable", ssh)
    .option("--build-context <name=directory|url|image>", "named context; repeatable", buildContext)
    .addOption(new Option("--network <mode>", "network of RUN").choices(["default", "none", "host"]).default("default"))
    .option("--add-host <host=ip>", "line of /etc/hosts for RUN; repeatable", addHost)
    .option("--label <key=value>", "label of the built image; repeatable", label)
    .option("--cache-from <ref>", "image to take cached steps from; repeatable", cacheFrom)
    .addOption(filter)
    .option("--shm-size <bytes>", "size of /dev/shm for RUN", size)
    .option("--ulimit <type=soft[:hard]>", "limit for RUN; repeatable", ulimit)
    .option("--builtin-frontend", "use the engine's built-in Dockerfile frontend and ignore # syntax=");
  return command
    .optionsGroup("Engine options:")
    .option("-H, --host <url>", "engine: unix://, tcp://, ssh:// or npipe:// (default: the one that docker uses)")
    .option("--docker-context <name>", "use the engine of this docker context")
    .option("--builder <name>", "build and inspect on this builder of docker buildx")
    .option("--in-build", "inspect in a step of the build, on the engine's BuildKit; needs docker buildx")
    .option(
      "--engine-timeout <duration>",
      "give up if the engine leaves a request unanswered (default: 60s)",
      duration,
    );
}

/** @throws MsbDepsError `usage` where two options exclude each other */
export function settingsOf(flags: SettingFlags): BuildSettings {
  if (!flags.cache && flags.noCacheFilter !== undefined)
    throw new MsbDepsError("usage", "--no-cache and --no-cache-filter cannot be combined.", {
      hint: "Omit one of them.",
    });
  if (flags.host !== undefined && flags.dockerContext !== undefined)
    throw new MsbDepsError("usage", "--host and --docker-context cannot be combined.", {
      hint: "Omit one of them.",
    });
  if (flags.builder !== undefined && flags.inBuild === true)
    throw new MsbDepsError("usage", "--builder and --in-build cannot be combined.", {
      hint: "With --builder, inspection always is a step of the build.",
    });
  return {
    secrets: flags.secret ?? [],
    ssh: flags.ssh ?? [],
    contexts: flags.buildContext ?? {},
    network: flags.network,
    addHosts: flags.addHost ?? [],
    labels: flags.label ?? {},
    cacheFrom: flags.cacheFrom ?? [],
    noCacheFilter: flags.noCacheFilter ?? [],
    shmSize: flags.shmSize ?? null,
    ulimits: flags.ulimit ?? [],
    builtinFrontend: flags.builtinFrontend ?? false,
  };
}
