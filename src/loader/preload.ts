import type { PreloadItem } from "./settings.ts";

/** The items of LD_PRELOAD: separated by spaces or colons (ld.so(8)). */
export function preloadOfEnvironment(value: string): readonly PreloadItem[] {
  return items(value, /[ :]+/, "LD_PRELOAD");
}

/** The items of /etc/ld.so.preload: separated by white space or colons, `#` starts a comment (glibc elf/rtld.c). */
export function preloadOfFile(text: string): readonly PreloadItem[] {
  return items(text.replace(/#[^\n]*/g, ""), /[ :\t\n]+/, "ld.so.preload");
}

function items(text: string, separator: RegExp, from: PreloadItem["from"]): readonly PreloadItem[] {
  return text
    .split(separator)
    .filter((name) => name !== "")
    .map((name) => ({ name, from }));
}
