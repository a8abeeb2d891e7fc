import { isReference, parseReference } from "../../dockerfile/reference.ts";
import { found, type Rule } from "../case.ts";
import { fromSpan } from "../span.ts";

export interface UnpinnedBaseDetail {
  readonly code: "unpinned-base";
  readonly reference: string;
  /** `untagged`: no tag at all · `moving`: a tag that will mean another release. */
  readonly kind: "untagged" | "moving";
}

/** Tags that will stand for another release one day; a list of packages fits one release. */
const MOVING: ReadonlySet<string> = new Set(
  "latest current devel edge lts main master nightly oldoldstable oldstable rolling sid stable testing unstable".split(
    " ",
  ),
);

/** Debian's and Ubuntu's releases by codename, others by name and number (`alpine3.22`, `cc-debian13`, `ubi9/ubi`). */
const RELEASE = new RegExp(
  [
    "(?:^|[^a-z])(?:wheezy|jessie|stretch|buster|bullseye|bookworm|trixie|forky|duke)(?:[^a-z]|$)",
    "(?:^|[^a-z])(?:precise|trusty|xenial|bionic|focal|jammy|noble|oracular|plucky|questing|resolute)(?:[^a-z]|$)",
    String.raw`(?:^|[^a-z])(?:alma(?:linux)?|alpine|amazonlinux|azurelinux|centos|debian|el|fedora|leap|ol|photon|rhel|rocky(?:linux)?|ubi|ubuntu)-?\d`,
  ].join("|"),
  "i",
);

/** A FROM that does not say which release it means (hadolint's DL3006 and DL3007). */
export const unpinnedBase: Rule<UnpinnedBaseDetail> = (audit) =>
  audit.plan.stages.flatMap((stage) => {
    const { from, parent } = stage;
    if (from === null || parent !== null || from === "scratch" || !isReference(from)) return [];
    const { name, tag, digest } = parseReference(from);
    const moving = tag !== null && MOVING.has(tag.split("-")[0] ?? "");
    if (digest !== null || (tag !== null && !moving) || RELEASE.test(name) || RELEASE.test(tag ?? "")) return [];
    const kind = tag === null ? "untagged" : "moving";
    const detail = { code: "unpinned-base", reference: from, kind } as const;
    return [found(audit, fromSpan(audit.parsed, stage), "info", { confidence: "proved" }, detail)];
  });
