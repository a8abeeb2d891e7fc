import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import { isGone, type Owner, ownerText, parseOwner } from "./owner.ts";

/** The label of all that we make on an engine. */
export const LABEL = "msb-deps";

const REPOSITORY = "msb-deps/look";

/** A name that tells its owner. */
const named = (before: string, owner: Owner): string =>
  `${before}${ownerText(owner)}.${randomBytes(6).toString("hex")}`;

/** A new tag of ours. */
export const imageName = (owner: Owner): string => named(`${REPOSITORY}:`, owner);
/** A name for a new container of ours. */
export const containerName = (owner: Owner): string => named("msb-deps-", owner);

// By the name alone: containers inherit the labels of images, and images those of their base.
const OUR_IMAGE = new RegExp(`^(?:[^/]+/)?${REPOSITORY}:([0-9a-f.]+)\\.[0-9a-f]{12}$`);
const OUR_CONTAINER = /^\/?msb-deps-([0-9a-f.]+)\.[0-9a-f]{12}$/;

/** What a sweep depends on. */
export interface Sweep {
  /** An owner of this process. */
  readonly here: Owner;
  /** Removes a tag of ours, as the engine's kind wants it. */
  readonly removeImage: (name: string) => Promise<unknown>;
}

/**
 * Removes the containers, their anonymous volumes, and the tags of runs that were killed, never those of a run that lives.
 * What cannot be removed is left to the next run.
 */
export async function sweep(docker: Docker, { here, removeImage }: Sweep): Promise<void> {
  const isLeft = async (name: string, ours: RegExp): Promise<boolean> => {
    const owner = parseOwner(ours.exec(name)?.[1] ?? "");
    return owner !== null && (await isGone(owner, here));
  };
  // Containers first: an image that one runs from cannot be removed.
  const containers = await docker.listContainers({ all: true, filters: { label: [LABEL] } });
  for (const { Id, Names } of containers) {
    if (!(await isLeft(Names[0] ?? "", OUR_CONTAINER))) continue;
    const container = docker.getContainer(Id);
    await container.remove({ force: true, v: true }).catch(() => {});
  }
  const filters = JSON.stringify({ reference: [REPOSITORY] });
  const images = await docker.listImages({ filters });
  for (const name of images.flatMap(({ RepoTags }) => RepoTags ?? []))
    if (await isLeft(name, OUR_IMAGE)) await removeImage(name).catch(() => {});
}
