import { decodeName } from "../../base/names.ts";
import { readTar } from "../../oci/tar.ts";
import { MAX_MEMBER, type Members } from "./members.ts";
import { decompressed, readMembers } from "./tar.ts";

/**
 * Adds what a Ruby gem installs: a gem is a tar with metadata.gz, data.tar.gz and checksums.yaml.gz (Gem::Package of RubyGems).
 * @throws Error where it has no data.tar.gz, is damaged, or has more than fits
 */
export async function readGem(bytes: Uint8Array, members: Members): Promise<void> {
  const stream = decompressed(bytes);
  try {
    for await (const entry of readTar(stream)) {
      if (entry.type !== "file" || decodeName(entry.name) !== "data.tar.gz") continue;
      if (entry.size > MAX_MEMBER) throw new Error(`a data.tar.gz of more than ${MAX_MEMBER} bytes`);
      return await readMembers(decompressed(await entry.read(entry.size)), members);
    }
  } finally {
    stream.destroy();
  }
  throw new Error("it has no data.tar.gz");
}
