import { MsbDepsError } from "../base/errors.ts";

/** The error for an archive that cannot be used. */
export function ociFailed(path: string, what: string, cause?: unknown): MsbDepsError {
  return new MsbDepsError("oci-invalid", `${path} could not be read as an image: ${what}.`, {
    hint: "An archive is an OCI layout (a folder or a tar of it) or the tar of `docker save`; a tar may be compressed with gzip or Zstandard.",
    cause,
  });
}
