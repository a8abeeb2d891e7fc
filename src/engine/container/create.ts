import type Docker from "dockerode";
import { MsbDepsError } from "../../base/errors.ts";
import { engineText, statusCode } from "../transport.ts";

const GIBIBYTE = 1024 ** 3;

/** Who makes a container. */
export interface Maker {
  /** The value of our label on it. */
  readonly label: string;
  /** Whether the engine is Podman, whose words for the same differ in places. */
  readonly podman: boolean;
}

/**
 * A container that can do nothing but read its own files: no network, nothing writable, no capability but the one to
 * read and enter folders of other users, no way to gain more, bounded processes and memory. Measured: this costs
 * nothing over a plain container. https://docs.docker.com/reference/api/engine/ (ContainerCreate)
 */
export function hardened(
  image: string,
  command: readonly string[],
  { label, podman }: Maker,
): Docker.ContainerCreateOptions {
  return {
    Image: image,
    Entrypoint: [...command],
    Cmd: [],
    User: "0:0",
    WorkingDir: "/",
    Healthcheck: { Test: ["NONE"] },
    Labels: { "msb-deps": label },
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
      // The sum of memory and swap: no swap.
      MemorySwap: 2 * GIBIBYTE,
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}

/** Creates a container; where the engine refuses, says so in its words. */
export async function createContainer(
  docker: Docker,
  options: Docker.ContainerCreateOptions,
): Promise<Docker.Container> {
  try {
    return await docker.createContainer(options);
  } catch (cause) {
    throw new MsbDepsError(
      "engine",
      `the engine did not create a container of ${options.Image}: ${engineText(cause)}.`,
      {
        hint: "See `docker info` and the engine's log; a full disk is the usual reason.",
        cause,
      },
    );
  }
}

/** Kills and removes a container with its anonymous volumes, and returns when it is gone. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (statusCode(error) === 404) return;
    if (statusCode(error) !== 409) throw error;
    // The engine is already removing it.
    await container.wait({ condition: "removed" }).catch(() => {});
  }
}
