import type Docker from "dockerode";
import type { RunRequest } from "../engine.ts";

/** What dpkg needs to remove packages as root: to own, enter and change what belongs to others. */
const CHANGING = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETGID", "SETUID"];

/** Of Docker's own default those that servers use: to become another user, to listen on low ports, to shut themselves in. */
const EXECUTING = [...CHANGING, "KILL", "NET_BIND_SERVICE", "SYS_CHROOT"];

/** /tmp counts as memory of the container. */
const WRITABLE_TMP = { "/tmp": "rw,nosuid,nodev,size=1536m,mode=1777" };

/** A tracer reads the memory of processes that have become another user; what it starts does not keep this (trace.pl). */
const TRACING = [...EXECUTING, "SYS_PTRACE"];

type Opened = Pick<RunRequest, "image" | "online" | "may" | "scratch" | "as" | "volumes" | "joins">;

/** A hardened container, opened as far as a request says. What is not named here stays shut, in every mode. */
export function opened(options: Docker.ContainerCreateOptions, request: Opened): Docker.ContainerCreateOptions {
  const { may = "read", online = false, scratch = {}, volumes = [], joins } = request;
  const folders = Object.entries(scratch).map(([path, bytes]) => [path, `rw,nosuid,nodev,size=${bytes},mode=1777`]);
  const tmpfs = { ...(online && may === "read" ? WRITABLE_TMP : {}), ...Object.fromEntries(folders) };
  const host: Docker.HostConfig = {
    ...options.HostConfig,
    // The engine's own default network, as a build has it.
    ...(online && { NetworkMode: "default" }),
    ...(joins !== undefined && { NetworkMode: `container:${joins}` }),
    ...(volumes.length > 0 && { Mounts: volumes.map(readOnlyMount) }),
    ...(Object.keys(tmpfs).length > 0 && { Tmpfs: tmpfs }),
  };
  if (may === "read") return { ...options, HostConfig: host };
  if (may === "change") return { ...options, HostConfig: { ...host, ReadonlyRootfs: false, CapAdd: CHANGING } };
  const { user, workingDir } = request.as ?? request.image.config;
  return {
    ...options,
    User: user,
    WorkingDir: workingDir,
    HostConfig: {
      ...host,
      ReadonlyRootfs: false,
      CapAdd: may === "trace" ? TRACING : EXECUTING,
      // /dev/shm is a part of what programs may expect; it is the container's own.
      IpcMode: "private",
      // 0: no limit. The user's command may use the CPUs that there are.
      CpuQuota: 0,
      CpuPeriod: 0,
    },
  };
}

function readOnlyMount([Source, Target]: readonly [string, string]): Docker.MountSettings {
  return { Type: "bind", Source, Target, ReadOnly: true };
}
