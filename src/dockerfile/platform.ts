/** A platform as the build knows it: `linux/arm/v7` is os, arch, variant. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
  readonly variant?: string | undefined;
}

const NAMES = ["PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"] as const;

/**
 * The arguments that BuildKit sets by itself in the global scope (dockerfile2llb/platform.go, defaultArgs). Null is a
 * value that exists but is not known here.
 */
export function platformArgs(target: Platform | null, build: Platform | null): Map<string, string | null> {
  const args = new Map<string, string | null>();
  for (const [prefix, platform] of [
    ["TARGET", target],
    ["BUILD", build],
  ] as const) {
    for (const name of NAMES) args.set(prefix + name, platform === null ? null : platformValue(name, platform));
  }
  args.set("TARGETSTAGE", null);
  return args;
}

function platformValue(name: (typeof NAMES)[number], { os, arch, variant = "" }: Platform): string {
  // arm64 is v8 by default and BuildKit leaves that out.
  const shown = arch === "arm64" && variant === "v8" ? "" : variant;
  switch (name) {
    case "PLATFORM":
      return [os, arch, shown].filter((part) => part !== "").join("/");
    case "OS":
      return os;
    case "OSVERSION":
      return "";
    case "ARCH":
      return arch;
    case "VARIANT":
      return shown;
  }
}
