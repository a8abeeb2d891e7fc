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
  "create the container": { call: /^POST \/containers\/create$/ },
  "attach to it": { call: /^POST \/containers\/[^/]+\/attach$/ },
  "wait for it": { call: /^POST \/containers\/[^/]+\/wait$/ },
  "start it": { call: /^POST \/containers\/[^/]+\/start$/ },
  "its input": { call: /\/attach input$/ },
  "its output": { call: /\/attach output$/ },
  "read its files": { call: /^GET \/containers\/[^/]+\/archive$/ },
  "remove the container": { call: /^DELETE \/containers\// },
  "remove the tag": { call: /^(DELETE \/images\/|POST .*\/untag$)/ },
};

/** Phases in which nothing is answered, or an upgraded connection. */
const WITHOUT_REPLY = ["export", "its input"];
const UPGRADES = ["open the session", "connect to BuildKit", "attach to it"];

/** Whether a fault can happen in a phase. @param {string} phase @param {string} column */
export function isPossible(phase, column) {
  const kind = COLUMNS[column]?.kind;
  if (kind === "cut-body" && UPGRADES.includes(phase)) return false;
  return !WITHOUT_REPLY.includes(phase) || !["cut-reply", "cut-body", "corrupt", "garbage"].includes(kind ?? "");
}

const BUILD = ["open the session", "connect to BuildKit", "solve", "status stream", "context transfer", "export"];
const LOOK = ["create the container", "attach to it", "wait for it", "start it", "its input", "its output"];

/**
 * A way through the phases.
 * @typedef {object} Way
 * @property {(folder: string, image: string | null) => readonly string[]} args
 * @property {boolean} image it starts from an image that is there
 * @property {readonly string[]} phases
 * @property {boolean} last the last call of a phase fails and not the first: what came before is another way's
 * @property {boolean} perl whether the builder image has perl
 * @property {boolean} podman
 */

/** @type {Record<string, Way>} */
export const WAYS = {
  analyze: {
    image: false,
    args: (folder) => [folder],
    phases: ["find the engine", ...BUILD, "inspect the image", ...LOOK, "remove the container", "remove the tag"],
    last: false,
    perl: true,
    podman: false,
  },
  "analyze, no perl in the image": {
    image: false,
    args: (folder) => [folder],
    phases: ["create the container", "start it", "read its files", "remove the container"],
    last: true,
    perl: false,
    podman: false,
  },
  "analyze --image": {
    image: true,
    args: (folder, image) => [folder, "--image", image ?? ""],
    phases: ["solve", "export", "inspect the image", "create the container", "its output", "remove the tag"],
    last: false,
    perl: true,
    podman: false,
  },
  "audit --image": {
    image: true,
    args: (_folder, image) => ["audit", "--image", image ?? "", "--failure-threshold", "none"],
    phases: ["find the engine", "solve", "inspect the image", ...LOOK, "remove the container", "remove the tag"],
    last: true,
    perl: true,
    podman: false,
  },
  verify: {
    image: false,
    args: (folder) => ["verify", folder, "--run", "true"],
    phases: ["find the engine", ...BUILD, "inspect the image", ...LOOK, "remove the container", "remove the tag"],
    last: true,
    perl: true,
    podman: false,
  },
  "analyze on Podman": {
    image: false,
    args: (folder) => [folder],
    phases: ["classic build", "inspect the image", "its output", "remove the tag"],
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
 * @property {boolean} [unreachable] from then on nothing can be removed, only named
 * @property {number} seconds in which the run has to end
 * @property {string} means
 */

/** How long the engine may leave a request unanswered in these runs, in seconds. */
export const IDLE_S = 4;
/** A stalled connection that only the whole run's time limit can end. */
export const RUN_S = 60;

/** @type {Record<string, Column>} */
export const COLUMNS = {
  cut: {
    kind: "cut",
    seconds: 10,
    means: "the connection is cut when the request arrives; the engine does not see it",
  },
  "reply lost": { kind: "cut-reply", seconds: 10, means: "the engine does what is asked, and its reply is cut off" },
  "reply cut": { kind: "cut-body", seconds: 10, means: "the reply is cut in the middle" },
  gone: {
    kind: "gone",
    unreachable: true,
    seconds: 15,
    means: "the engine is gone: all connections are cut, new ones refused",
  },
  stall: { kind: "stall", seconds: RUN_S + 5, means: "this connection stays open and says nothing more" },
  freeze: {
    kind: "freeze",
    unreachable: true,
    seconds: RUN_S + 5,
    means: "the engine says nothing more, on any connection",
  },
  "freeze, Ctrl-C": {
    kind: "freeze",
    interrupt: true,
    unreachable: true,
    seconds: 3,
    means: "the same, and Ctrl-C half a second later; seconds count from there",
  },
  slow: { kind: "slow", seconds: 60, means: "every piece of the reply comes 0.4 s late" },
  corrupt: { kind: "corrupt", seconds: RUN_S + 5, means: "the content of the reply is random" },
  garbage: { kind: "garbage", seconds: RUN_S + 5, means: "random bytes come in place of the reply" },
};

/** What the test suite tries of it: each phase once, each fault several times. @type {readonly (readonly [string, string, string])[]} */
export const QUICK = [
  ["analyze", "find the engine", "garbage"],
  ["analyze", "open the session", "cut"],
  ["analyze", "connect to BuildKit", "reply lost"],
  ["analyze", "solve", "stall"],
  ["analyze", "solve", "freeze, Ctrl-C"],
  ["analyze", "status stream", "corrupt"],
  ["analyze", "context transfer", "cut"],
  ["analyze", "export", "gone"],
  ["analyze", "inspect the image", "corrupt"],
  ["analyze", "create the container", "reply lost"],
  ["analyze", "create the container", "freeze, Ctrl-C"],
  ["analyze", "attach to it", "garbage"],
  ["analyze", "wait for it", "freeze, Ctrl-C"],
  ["analyze", "start it", "cut"],
  ["analyze", "its input", "gone"],
  ["analyze", "its output", "reply cut"],
  ["analyze", "remove the container", "cut"],
  ["analyze", "remove the tag", "reply lost"],
  ["analyze, no perl in the image", "read its files", "reply cut"],
  ["analyze, no perl in the image", "read its files", "freeze"],
  ["audit --image", "its output", "stall"],
  ["verify", "its output", "cut"],
  ["analyze on Podman", "classic build", "cut"],
  ["analyze on Podman", "classic build", "freeze"],
];
