// What scripts/engines.mjs runs on every engine, by the title of its column.

const BASE = ["--build-arg", "BASE_IMAGE=debian:trixie-slim"];
const OWN = "scripts/engines/examples";

/** @param {string} agent the socket of an ssh-agent that has a key */
export function EXAMPLES(agent) {
  return {
    hello: { args: ["examples/hello", ...BASE] },
    "audit of hello": { args: ["audit", "examples/hello", ...BASE] },
    Postfix: { args: ["examples/postfix", "--artifacts", "/out", ...BASE] },
    "--secret": { args: [`${OWN}/secret`, "--secret", "id=word,env=WORD"], env: { WORD: "hush" } },
    "--ssh": { args: [`${OWN}/ssh`, "--ssh", `default=${agent}`] },
    "--build-context": { args: [`${OWN}/context`, "--build-context", `more=${OWN}/context/more`] },
    heredocs: { args: [`${OWN}/heredocs`] },
    "cross arm64": { args: [`${OWN}/cross`] },
  };
}
