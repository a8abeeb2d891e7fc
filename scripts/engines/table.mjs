// The text of docs/engines.md from what scripts/engines.mjs measured.

const TITLES = {
  "engine-here": "Docker Engine, the one of this machine",
  "docker-26": "Docker Engine",
  "docker-26-containerd": "Docker Engine, containerd's image store",
  "docker-28": "Docker Engine",
  "docker-28-containerd": "Docker Engine, containerd's image store",
  "podman-4.3": "Podman",
  "podman-5.4": "Podman",
  "buildx-docker": "`--in-build` (docker driver)",
  "buildx-remote": "`--builder` (remote driver, a socket)",
  rootfs: "`--rootfs`, of an image that this engine built",
  oci: "`--oci`, of an image that this engine built",
};

/** @param {{name: string, version: string, cells: Record<string, {digest: string | null, line: string | null, seconds: number, words: string}>}[]} measured */
export function engineTable(measured, date) {
  const columns = Object.keys(measured[0].cells);
  const first = Object.fromEntries(
    columns.map((title) => [title, measured.map(({ cells }) => cells[title]).find(({ digest }) => digest !== null)]),
  );
  const errors = [];
  const cell = (title, { digest, line, words, seconds }) => {
    if (digest === null) {
      if (!errors.includes(words)) errors.push(words);
      return `error ${errors.indexOf(words) + 1}`;
    }
    if (digest === first[title].digest) return `same, ${seconds} s`;
    return `${line === first[title].line ? "same line" : "**other**"}, ${seconds} s`;
  };
  const rows = measured.map(
    ({ name, version, cells }) =>
      `| ${TITLES[name]} | ${version} | ${columns.map((title) => cell(title, cells[title])).join(" | ")} |`,
  );
  const notes = errors.map((words, index) => `Error ${index + 1}:\n\n\`\`\`text\n${plain(words)}\n\`\`\`\n`);
  return `${HEAD}
Made on ${date} by \`npm run engines\`. \`same\`: the JSON is, byte for byte, that of the first engine with an answer, but for
the versions of the builder's packages, as an engine may have older steps in its cache. \`same line\`: what is to be
installed and copied is the same, or the findings of the audit are; notes or other details are not. The seconds are of one
run each, some with steps in the cache of a run before.

| engine | version | ${columns.join(" | ")} |
| --- | --- | ${columns.map(() => "---").join(" | ")} |
${rows.join("\n")}

${notes.join("\n")}
${TAIL}`;
}

/** Nothing of this machine: temporary folders, addresses. */
function plain(words) {
  return words.replace(/\/tmp\/msb-deps-engines-\w+/g, "/tmp/FOLDER").replace(/\b\d+\.\d+\.\d+\.\d+:\d+/g, "ADDRESS");
}

const HEAD = `# Engines

\`msb-deps\` finds an engine as the docker command does: \`--host\`, \`--docker-context\`, \`DOCKER_HOST\`, \`DOCKER_CONTEXT\`, the
context that is chosen, then the usual sockets. What it needs of one depends on what answers:

- **Docker Engine 20.10 and later:** BuildKit through the engine's \`/grpc\`, with a session of our own.
- **Podman 4 and later:** the classic \`POST /build\` of its socket (\`podman system service\`).
- **A builder of docker buildx:** see [ci.md](ci.md).
`;

const TAIL = `## What is different on Podman

- **Ctrl-C does not end the step that runs.** The command ends at once and gives exit code 130. Podman goes on with the
  step to its end, and then with nothing: its interface has no way to stop it.
- **The cache of the build stays**, as of every \`podman build\`: images without a name. The name that \`msb-deps\` gave to the
  result is taken away again.
- **\`--ssh\`, \`--no-cache-filter\`, named contexts that are folders and remote contexts** are not in its interface. The
  command says so; build such a stage with \`podman build\` and give the image with \`--image\`.
- **Secrets** go to Podman in the context, and Podman moves them out of it before it builds. They are on its disk until the
  build ends.
- **A step's root is writable during the look**, in a container of its own that is removed. With a read-only root Podman
  would lay empty folders over \`/tmp\` and \`/run\`, and what a builder has there would not be seen.
- **\`# syntax=\`** is not read: its own frontend builds.

## What was not run

Real registries and the hosts behind them, rootless Docker and Podman, Docker Desktop, Engine 29, cgroup v2, SELinux, and
emulation of other machines.
`;
