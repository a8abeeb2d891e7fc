/**
 * The system calls that name a path, for the tracer (trace.pl). Numbers: arch/x86/entry/syscalls/syscall_64.tbl and
 * syscall_32.tbl, and include/uapi/asm-generic/unistd.h of Linux, which arm64 uses; arguments: section 2 of the manual.
 */

/**
 * `open`: open(2) of something to read · `exec` · `look`: asked about, not opened · `link`: readlink(2) · `list`: the names
 * in an open directory · `chroot` · `make`: created · `unseen`: what it leads to is not seen.
 */
type CallKind = "open" | "exec" | "look" | "link" | "list" | "chroot" | "make" | "unseen";

/** Arguments by position: a directory that relative paths start from, the path, and the flags (`*2`: the third points to them). */
interface CallShape {
  readonly kind: CallKind;
  readonly dir?: number;
  readonly path?: number;
  /** Of `open`, those of open(2); of `look`, those that say that an empty path means the descriptor itself. */
  readonly flags?: number | "*2";
}

const PATH = { path: 0 };
const AT = { dir: 0, path: 1 };

const SHAPES: Readonly<Record<string, CallShape>> = {
  access: { kind: "look", ...PATH },
  chdir: { kind: "look", ...PATH },
  chroot: { kind: "chroot", ...PATH },
  creat: { kind: "make", ...PATH },
  execve: { kind: "exec", ...PATH },
  execveat: { kind: "exec", ...AT },
  faccessat: { kind: "look", ...AT },
  faccessat2: { kind: "look", ...AT },
  fanotify_init: { kind: "unseen" },
  fstatat64: { kind: "look", ...AT, flags: 3 },
  getdents: { kind: "list", dir: 0 },
  getdents64: { kind: "list", dir: 0 },
  io_uring_setup: { kind: "unseen" },
  lstat: { kind: "look", ...PATH },
  lstat64: { kind: "look", ...PATH },
  newfstatat: { kind: "look", ...AT, flags: 3 },
  open: { kind: "open", ...PATH, flags: 1 },
  open_by_handle_at: { kind: "unseen" },
  openat: { kind: "open", ...AT, flags: 2 },
  openat2: { kind: "open", ...AT, flags: "*2" },
  readlink: { kind: "link", ...PATH },
  readlinkat: { kind: "link", ...AT },
  stat: { kind: "look", ...PATH },
  stat64: { kind: "look", ...PATH },
  statx: { kind: "look", ...AT, flags: 2 },
};

/** A system call interface that a program may use. */
interface Interface {
  /** AUDIT_ARCH of include/uapi/linux/audit.h, which the kernel reports with each call. */
  readonly arch: number;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Also for the test, which compares them with the kernel's headers. */
export const INTERFACES: Readonly<Record<"amd64" | "arm64" | "i386", Interface>> = {
  amd64: {
    arch: 0xc000003e,
    numbers: {
      ...{ open: 2, stat: 4, lstat: 6, access: 21, execve: 59, getdents: 78, chdir: 80, creat: 85, readlink: 89 },
      ...{ chroot: 161, getdents64: 217, openat: 257, newfstatat: 262, readlinkat: 267, faccessat: 269 },
      ...{ fanotify_init: 300, open_by_handle_at: 304, execveat: 322, statx: 332, io_uring_setup: 425, openat2: 437 },
      faccessat2: 439,
    },
  },
  arm64: {
    arch: 0xc00000b7,
    numbers: {
      ...{ faccessat: 48, chdir: 49, chroot: 51, openat: 56, getdents64: 61, readlinkat: 78, newfstatat: 79 },
      ...{ execve: 221, fanotify_init: 262, open_by_handle_at: 265, execveat: 281, statx: 291, io_uring_setup: 425 },
      ...{ openat2: 437, faccessat2: 439 },
    },
  },
  i386: {
    arch: 0x40000003,
    numbers: {
      ...{ open: 5, creat: 8, execve: 11, chdir: 12, access: 33, chroot: 61, readlink: 85, stat: 106, lstat: 107 },
      ...{ getdents: 141, stat64: 195, lstat64: 196, getdents64: 220, openat: 295, fstatat64: 300, readlinkat: 305 },
      ...{ faccessat: 307, fanotify_init: 338, open_by_handle_at: 342, execveat: 358, statx: 383, io_uring_setup: 425 },
      ...{ openat2: 437, faccessat2: 439 },
    },
  },
};

/** What the tracer itself calls, by the machine of its perl (e_machine, elf(5)). */
export const OWN_CALLS: Readonly<Record<"62" | "183", Readonly<Record<string, number>>>> = {
  62: { wait4: 61, ptrace: 101, capget: 125, capset: 126, prctl: 157 },
  183: { capget: 90, capset: 91, ptrace: 117, prctl: 167, wait4: 260 },
};

/** The tables as words of the tracer's request. */
export function callWords(): string[] {
  const own = Object.entries(OWN_CALLS).flatMap(([machine, numbers]) =>
    Object.entries(numbers).flatMap(([name, number]) => ["own", machine, name, String(number)]),
  );
  const field = (value: number | string | undefined): string => (value === undefined ? "" : String(value));
  const traced = Object.values(INTERFACES).flatMap(({ arch, numbers }) =>
    Object.entries(numbers).flatMap(([name, number]) => {
      const { kind = "unseen", dir, path, flags } = SHAPES[name] ?? {};
      return ["call", String(arch), String(number), name, kind, field(dir), field(path), field(flags)];
    }),
  );
  return [...own, ...traced];
}
