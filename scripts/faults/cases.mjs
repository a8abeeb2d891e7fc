/** @typedef {import("./proxy.mjs").Fault} Fault */
/** @typedef {import("./proxy.mjs").Kind} Kind */

/** What fails, by the name of the phase. @type {Record<string, Omit<Fault, "kind" | "nth">>} */
export const PHASES = {
  "find the engine": { call: /^GET \/_ping$/ },
  "open the session": { call: /^POST \/session$/ },
  "connect to BuildKit": { call: /^POST \/grpc$/ },
  solve: { call: /Control\/Solve$/ },
  "status stream": { call: /Control\/Status$/ },
  "context transfer": { call: /FileSync\/DiffCopy$/ },
  export: { call: /Control\/Status$/, once: /exporting to image/ },
  "classic build": { call: /^POST \/build$/ },
  "inspect the image": { call: /^GET \/images\/.*\/json$/ },
  "create a container": { call: /^POST \/containers\/create$/ },
  "attach to it": { call: /^POST \/containers\/[^/]+\/attach$/ },
  "wait for it": { call: /^POST \/containers\/[^/]+\/wait$/ },
  "start it": { call: /^POST \/containers\/[^/]+\/start$/ },
  "its input": { call: /\/attach input$/ },
  "its output": { call: /\/attach output$/ },
  "read its files": { call: /^GET \/containers\/[^/]+\/archive$/ },
  "remove the container": { call: /^DELETE \/containers\// },
  "remove the tag": { call: /^DELETE \/images\// },
  "take the tag away": { call: /\/untag$/ },
};

const BUILD = ["open the session", "connect to BuildKit", "solve", "status stream", "context transfer", "export"];
const LOOK = ["create a container", "attach to it", "wait for it", "start it", "its input", "its output"];

/**
 * A way through the phases.
 * @typedef {object} Way
 * @property {(folder: string, image: string) => readonly string[]} args
 * @property {readonly string[]} phases
 * @property {boolean} last the last call of a phase fails and not the first: what came before is another way's
 * @property {boolean} perl whether the builder image has perl
 * @property {boolean} podman
 */

/** @type {Record<string, Way>} */
export const WAYS = {
  analyze: {
    args: (folder) => [folder],
    phases: ["find the engine", ...BUILD, "inspect the image", ...LOOK, "remove the container", "remove the tag"],
    last: false,
    perl: true,
    podman: false,
  },
  "analyze, no perl in the image": {
    args: (folder) => [folder],
    phases: ["create a container", "start it", "read its files", "remove the container"],
    last: true,
    perl: false,
    podman: false,
  },
  "analyze --image": {
    args: (folder, image) => [folder, "--image", image],
    phases: ["solve", "export", "inspect the image", "create a container", "its output", "remove the tag"],
    last: false,
    perl: true,
    podman: false,
  },
  "audit --image": {
    args: (_folder, image) => ["audit", "--image", image, "--failure-threshold", "none"],
    phases: ["find the engine", "solve", "inspect the image", ...LOOK, "remove the container", "remove the tag"],
    last: true,
    perl: true,
    podman: false,
  },
  verify: {
    args: (folder) => ["verify", folder, "--run", "true"],
    phases: ["find the engine", ...BUILD, "inspect the image", ...LOOK, "remove the container", "remove the tag"],
    last: true,
    perl: true,
    podman: false,
  },
  "analyze on Podman": {
    args: (folder) => [folder],
    phases: ["classic build", "inspect the image", "its output", "take the tag away"],
    last: false,
    perl: true,
    podman: true,
  },
};

/**
 * A fault as a column of the table.
 * @typedef {object} Column
 * @property {Kind} kind
 * @property {boolean} [interrupt] the user presses Ctrl-C a moment later
 * @property {string} means
 */

/** @type {Record<string, Column>} */
export const COLUMNS = {
  cut: { kind: "cut", means: "the connection ends when the request arrives; the engine does not see it" },
  "reply lost": { kind: "cut-reply", means: "the engine does what is asked, and its reply is cut off" },
  "reply cut": { kind: "cut-body", means: "the reply ends in the middle" },
  gone: { kind: "gone", means: "the engine is gone from this request on: all connections are cut, new ones refused" },
  stall: { kind: "stall", means: "this one connection says nothing more" },
  freeze: { kind: "freeze", means: "the engine says nothing more, on any connection" },
  "freeze, Ctrl-C": { kind: "freeze", interrupt: true, means: "the same, and Ctrl-C half a second later" },
  slow: { kind: "slow", means: "every piece of the reply comes 0.4 s late" },
  corrupt: { kind: "corrupt", means: "the content of the reply is random" },
  garbage: { kind: "garbage", means: "random bytes come in place of a reply" },
};
