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
Made on ${date} by \`npm run engines\`. \`same\`: the JSON is the same as that of the first engine with an answer, byte for byte
except for the versions of the builder's packages, because an engine may have older steps in its cache. \`same line\`: the
packages to install and files to copy are the same, or the findings of the audit; notes or other details differ. The times
are of a single run each, some of which used steps cached by an earlier run.

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

msb-deps finds an engine as the docker command does: \`--host\`, \`--docker-context\`, \`DOCKER_HOST\`, \`DOCKER_CONTEXT\`, the
current context, then the usual sockets. How it builds depends on the engine:

- **Docker Engine 20.10 and later:** BuildKit through the engine's \`/grpc\`, with its own session.
- **Podman 4 and later:** the classic \`POST /build\` of its socket (\`podman system service\`).
- **A builder of docker buildx:** \`docker buildx build\`, see [ci.md](ci.md).
`;

const TAIL = `## What is different on Podman

- **Ctrl-C does not stop the current step.** msb-deps exits at once with exit code 130. Podman finishes the step and starts no
  other: its API cannot stop a step.
- **The build cache stays**, as with any \`podman build\`: images without a name. The name that msb-deps gave to the result is
  removed.
- **\`--ssh\`, \`--no-cache-filter\`, directories as named contexts, and remote contexts** are not supported by its API. This is an
  error; build such a stage with \`podman build\` and pass the image with \`--image\`.
- **Secrets** are sent to Podman in the context. Podman moves them out of it before the build, and they are on its disk until
  the build ends.
- **The root file system is writable during inspection**, in a separate container that is removed. With a read-only root, Podman
  would mount empty directories on \`/tmp\` and \`/run\` and hide files of the builder.
- **\`# syntax=\`** is ignored: Podman uses its own frontend.

## What was not tested

Public registries, rootless Docker and Podman, Docker Desktop, Engine 29, cgroup v2, SELinux, and emulation of other
machines.
`;
