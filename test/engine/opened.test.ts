import { describe, expect, it } from "vitest";
import { hardened } from "../../src/engine/container/create.ts";
import { opened } from "../../src/engine/container/opened.ts";
import type { RunRequest } from "../../src/engine/engine.ts";
import { newOwner } from "../../src/engine/owner.ts";
import { imageHere } from "../look/here.ts";

const owner = await newOwner();
const shut = hardened("image", ["/bin/true"], { owner, podman: false });
const image = { ...imageHere, config: { ...imageHere.config, user: "app", workingDir: "/srv" } };
const open = (more: Partial<RunRequest>) => opened(shut, { image, ...more });

describe("how far a container is opened", () => {
  it("never to file handles of the host: DAC_READ_SEARCH would bring open_by_handle_at(2)", () => {
    for (const may of ["read", "change", "execute", "trace"] as const)
      expect(open({ may }).HostConfig?.CapAdd).not.toContain("DAC_READ_SEARCH");
    expect(shut.HostConfig).toMatchObject({ CapDrop: ["ALL"], CapAdd: ["DAC_OVERRIDE"] });
  });

  it("not at all, where nothing is said", () => {
    expect(open({})).toEqual(shut);
  });

  it("the network, and /tmp to write in", () => {
    expect(open({ online: true }).HostConfig).toEqual({
      ...shut.HostConfig,
      NetworkMode: "default",
      Tmpfs: { "/tmp": "rw,nosuid,nodev,size=1536m,mode=1777" },
    });
  });

  it("for dpkg: root may change the container's files, and has no network", () => {
    const { HostConfig, User } = open({ may: "change" });
    expect(User).toBe("0:0");
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: false, NetworkMode: "none", CapDrop: ["ALL"] });
    expect(HostConfig?.CapAdd).not.toContain("SYS_ADMIN");
  });

  it("for a command of the user: as the image says, without network and new privileges", () => {
    const { HostConfig, User, WorkingDir } = open({ may: "execute", scratch: { "/logs": 1024 } });
    expect([User, WorkingDir]).toEqual(["app", "/srv"]);
    expect(HostConfig).toMatchObject({
      NetworkMode: "none",
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Memory: shut.HostConfig?.Memory,
      PidsLimit: shut.HostConfig?.PidsLimit,
      Tmpfs: { "/logs": "rw,nosuid,nodev,size=1024,mode=1777" },
    });
    expect(HostConfig?.CapAdd).not.toContain("NET_RAW");
  });

  it("for a tracer: one capability more, to follow processes that change their user", () => {
    const capabilities = (may: "execute" | "trace") => open({ may }).HostConfig?.CapAdd ?? [];
    expect(capabilities("trace")).toEqual([...capabilities("execute"), "SYS_PTRACE"]);
    expect(open({ may: "trace" }).HostConfig).toMatchObject({
      SecurityOpt: ["no-new-privileges"],
      NetworkMode: "none",
    });
  });

  it("as another user, with read-only mounts, in the network of another container", () => {
    const as = { user: "7", workingDir: "/w" };
    const more = open({ may: "execute", as, joins: "abc", volumes: [["/a", "/b"]] });
    expect([more.User, more.WorkingDir, more.HostConfig?.NetworkMode]).toEqual(["7", "/w", "container:abc"]);
    expect(more.HostConfig?.Mounts).toEqual([{ Type: "bind", Source: "/a", Target: "/b", ReadOnly: true }]);
  });

  it("the network for a command is one word more", () => {
    const { HostConfig } = open({ may: "execute", online: true });
    expect(HostConfig).toMatchObject({ NetworkMode: "default" });
    expect(HostConfig?.Tmpfs).toBeUndefined();
  });
});
