import { decodeName } from "../../base/names.ts";
import { readStanzas, type Stanza } from "../../debian/control.ts";
import { readTar } from "../../oci/tar.ts";
import type { Members } from "./members.ts";
import { decompressed, readMembers } from "./tar.ts";

const MAX_CONTROL = 1024 * 1024;

/** Reads a Debian package (deb(5)): adds what it installs, and gives fields of its control file. */
export async function readDeb(bytes: Buffer, members: Members): Promise<Stanza> {
  const parts = new Map(arMembers(bytes));
  const [control, data] = ["control.tar", "data.tar"].map((start) =>
    [...parts].find(([name]) => name === start || name.startsWith(`${start}.`)),
  );
  if (control === undefined || data === undefined) throw new Error("it has no control.tar and data.tar");
  const stanza = await controlOf(control[1]);
  await readMembers(decompressed(data[1]), members);
  return stanza;
}

async function controlOf(bytes: Buffer): Promise<Stanza> {
  const stream = decompressed(bytes);
  try {
    for await (const entry of readTar(stream)) {
      if (entry.type !== "file" || !/^(?:\.\/)?control$/.test(decodeName(entry.name))) continue;
      if (entry.size > MAX_CONTROL) throw new Error(`a control file of more than ${MAX_CONTROL} bytes`);
      const text = decodeName(await entry.read(entry.size));
      return [...readStanzas(text, ["Package", "Pre-Depends", "Depends"])][0] ?? {};
    }
  } finally {
    stream.destroy();
  }
  throw new Error("it has no control file");
}

/** The members of an ar archive: headers of 60 bytes, contents at even offsets (ar(5)). */
function* arMembers(bytes: Buffer): Generator<[string, Buffer]> {
  for (let at = 8; at + 60 <= bytes.length; ) {
    const header = bytes.toString("latin1", at, at + 60);
    const size = Number(header.slice(48, 58).trim());
    const start = at + 60;
    if (!header.endsWith("`\n") || !(size >= 0) || start + size > bytes.length) throw new Error("a damaged member");
    yield [header.slice(0, 16).trim().replace(/\/$/, ""), bytes.subarray(start, start + size)];
    at = start + size + (size % 2);
  }
}
