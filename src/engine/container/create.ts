import type Docker from "dockerode";
import { MsbDepsError } from "../../base/errors.ts";
import { unlessMissing } from "../image.ts";
import type { Leftover, Leftovers } from "../leftovers.ts";
import { type Owner, ownerText } from "../owner.ts";
import { containerName, LABEL } from "../sweep.ts";
import { engineText, statusCode } from "../transport.ts";
import type { EndLater } from "./end-later.ts";

const GIBIBYTE = 1024 ** 3;

/** Where containers are created, and how they are removed again. */
export interface Containers {
  readonly docker: Docker;
  /** For removals: it goes on for a moment when the run is stopped. */
  readonly cleaner: Docker;
  readonly leftovers: Leftovers;
  /** Milliseconds that a request may stay without an answer. */
  readonly idleMs: number;
  readonly owner: Owner;
  /** Null if the engine cannot do it. */
  readonly endLater: EndLater | null;
  /** Whether the engine is Podman, whose words for the same differ in places. */
  readonly podman: boolean;
}

/**
 * A container that can do nothing but read its own files: no network, nothing writable, no capability but the one to
 * read and enter folders of other users, no way to gain more, bounded processes, memory and CPU. Measured: this costs
 * nothing over a plain container. https://docs.docker.com/reference/api/engine/ (ContainerCreate)
 */
export function hardened(
  image: string,
  command: readonly string[],
  { owner, podman }: Pick<Containers, "owner" | "podman">,
): Docker.ContainerCreateOptions {
  return {
    Image: image,
    Entrypoint: [...command],
    Cmd: [],
    User: "0:0",
    WorkingDir: "/",
    Healthcheck: { Test: ["NONE"] },
    // Ignored by programs that have no handler for it. See `endLater`.
    StopSignal: "SIGCONT",
    Labels: { [LABEL]: ownerText(owner) },
    HostConfig: {
      NetworkMode: "none",
      // Podman would put empty folders over /tmp, /run and /var/tmp, and so hide what the image has there. What is written
      // into a container of its own is gone with that.
      ReadonlyRootfs: !podman,
      // Without it /dev/shm would be there, and writable.
      IpcMode: "none",
      CapDrop: ["ALL"],
      // Not DAC_READ_SEARCH: with that one Docker's seccomp profile grants open_by_handle_at(2), by which a program reads
      // files of the host through any file that is bind-mounted from it.
      CapAdd: ["DAC_OVERRIDE"],
      SecurityOpt: ["no-new-privileges"],
      PidsLimit: 512,
      Memory: 2 * GIBIBYTE,
      // One CPU. NanoCpus would be an error on engines without this controller; these are ignored there.
      CpuPeriod: 100_000,
      CpuQuota: 100_000,
      // The sum of memory and swap: no swap.
      MemorySwap: 2 * GIBIBYTE,
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}

/** A container, and how to remove it. */
export interface Created {
  readonly container: Docker.Container;
  readonly leftover: Leftover;
}

/**
 * Creates a container under a name of ours: by that it can be removed even if the engine's answer is lost.
 * @throws MsbDepsError `engine` in the engine's words, `engine-lost`
 */
export async function createContainer(
  { docker, cleaner, leftovers, owner }: Containers,
  options: Docker.ContainerCreateOptions,
): Promise<Created> {
  const name = containerName(owner);
  const leftover = leftovers.add({ kind: "container", name }, () => removeContainer(cleaner.getContainer(name)));
  leftover.expect();
  try {
    await create(docker, name, options);
    leftover.settle();
    return { container: docker.getContainer(name), leftover };
  } catch (cause) {
    if (statusCode(cause) !== null) leftover.settle();
    await leftover.remove();
    if (cause instanceof MsbDepsError) throw cause;
    throw new MsbDepsError(
      "engine",
      `the engine cannot create a container of ${options.Image}: ${engineText(cause)}.`,
      {
        hint: "See `docker info` and the engine's log. The usual cause is a full disk.",
        cause,
      },
    );
  }
}

/** Not by dockerode's own method: it sends all options in the query as well, with the whole script that is to run. */
function create(docker: Docker, name: string, options: Docker.ContainerCreateOptions): Promise<void> {
  const request = {
    path: "/containers/create?",
    method: "POST",
    options: { _query: { name }, _body: options },
    statusCodes: { 201: true, 400: "bad parameter", 404: "no such image", 409: "conflict", 500: "server error" },
  };
  return new Promise((done, failed) => docker.modem.dial(request, (error) => (error ? failed(error) : done())));
}

/** Kills and removes a container with its anonymous volumes, and returns when it is gone; false if it is not there. */
async function removeContainer(container: Docker.Container): Promise<boolean> {
  try {
    return await unlessMissing(container.remove({ force: true, v: true }));
  } catch (error) {
    if (statusCode(error) !== 409) throw error;
    // The engine is already removing it.
    return unlessMissing(container.wait({ condition: "removed" }));
  }
}
