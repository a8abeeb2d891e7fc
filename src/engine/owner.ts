import { randomBytes } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";

/**
 * The process that made a thing. It is a part of the thing's name, so that what a killed run left can be told from what
 * a live run uses.
 */
export interface Owner {
  /** The boot of the host, and the PID namespace in which `pid` counts; null on systems without /proc. */
  readonly boot: string | null;
  readonly namespace: string | null;
  readonly pid: number;
  /** Clock ticks from boot to the start of the process: a PID can be used again. */
  readonly start: string | null;
  /** When the session began, in seconds since 1970. */
  readonly since: number;
  /** Random: one process may have several sessions. */
  readonly session: string;
}

/**
 * If it cannot be known whether an owner lives (another host, boot or container), it counts as gone after so many
 * seconds.
 */
export const MAX_AGE_S = 24 * 60 * 60;

/** This process, as the owner of what one session makes. */
export async function newOwner(): Promise<Owner> {
  const [boot, namespace, stat] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
    statOf("self"),
  ]);
  return {
    boot: boot.replace(/[^0-9a-f]/g, "").slice(0, 16) || null,
    namespace: /\d+/.exec(namespace)?.[0] ?? null,
    pid: process.pid,
    // A /proc of another namespace counts other processes.
    start: stat?.pid === String(process.pid) ? stat.start : null,
    since: Math.floor(Date.now() / 1000),
    session: randomBytes(6).toString("hex"),
  };
}

const TEXT = /^([0-9a-f]{16}|0)\.(\d{1,20})\.(\d{1,10})\.(\d{1,20})\.(\d{1,12})\.([0-9a-f]{12})$/;

/** Digits, small letters and dots: it fits into the names of tags, containers and files. {@link parseOwner} reads it. */
export function ownerText({ boot, namespace, pid, start, since, session }: Owner): string {
  return [boot ?? 0, namespace ?? 0, pid, start ?? 0, since, session].join(".");
}

/** Null if the text is not one of {@link ownerText}. */
export function parseOwner(text: string): Owner | null {
  const [, boot = "", namespace, pid, start, since, session = ""] = TEXT.exec(text) ?? [];
  if (session === "") return null;
  const known = (field: string | undefined): string | null => (field === undefined || field === "0" ? null : field);
  return {
    ...{ boot: known(boot), namespace: known(namespace), start: known(start) },
    ...{ pid: Number(pid), since: Number(since), session },
  };
}

/** Whether the owner has ended. `here` is any owner of this process. */
export async function isGone(owner: Owner, here: Owner): Promise<boolean> {
  const isHere = owner.boot !== null && owner.boot === here.boot && owner.namespace === here.namespace;
  if (!isHere || owner.start === null || here.start === null) return Date.now() / 1000 - owner.since > MAX_AGE_S;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: another user's process.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  const stat = await statOf(String(owner.pid));
  // It exists, and /proc does not show it (hidepid, proc(5)): it may be the owner.
  if (stat === null) return false;
  return stat.start !== owner.start || stat.state === "Z" || stat.state === "X";
}

/** What /proc says of a process. proc_pid_stat(5); the second field, the name, may hold blanks and parentheses. */
async function statOf(process: string): Promise<{ pid: string; state: string; start: string } | null> {
  const text = await readFile(`/proc/${process}/stat`, "latin1").catch(() => "");
  const [pid] = text.split(" ", 1);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return pid === undefined || state === undefined || start === undefined ? null : { pid, state, start };
}
