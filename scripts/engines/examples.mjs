// What scripts/engines.mjs runs on every engine, by the title of its column.
import { REGISTRY } from "./registry.mjs";

const BASE = ["--build-arg", "BASE_IMAGE=debian:trixie-slim"];
const OWN = "scripts/engines/examples";

/**
 * The build options are given to msb-deps, and to `docker buildx build` where the image is made before.
 * `base`: what the runtime base is to the engine of this machine, where no table knows it.
 * @param {{agent: string, config: string}} given the socket of an ssh-agent that has a key; a folder with a login in its
 *   config.json
 * @returns {Record<string, {command?: string, folder: string, build: string[], chosen?: string[], env?: Record<string, string>, base?: string}>}
 */
export function examples({ agent, config }) {
  return {
    hello: { folder: "examples/hello", build: BASE },
    "audit of hello": { command: "audit", folder: "examples/hello", build: BASE },
    Postfix: { folder: "examples/postfix", build: BASE, chosen: ["--artifacts", "/out"] },
    "--secret": { folder: `${OWN}/secret`, build: ["--secret", "id=word,env=WORD"], env: { WORD: "hush" } },
    "--ssh": { folder: `${OWN}/ssh`, build: ["--ssh", `default=${agent}`] },
    "--build-context": { folder: `${OWN}/context`, build: ["--build-context", `more=${OWN}/context/more`] },
    "private base": {
      folder: `${OWN}/private`,
      build: ["--build-arg", `REGISTRY=${REGISTRY}`],
      env: { DOCKER_CONFIG: config },
      base: "debian:trixie-slim",
    },
    heredocs: { folder: `${OWN}/heredocs`, build: [] },
    "cross arm64": { folder: `${OWN}/cross`, build: [] },
  };
}
