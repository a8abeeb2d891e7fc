import { MsbDepsError } from "../base/errors.ts";

/** The error for an archive that cannot be used. */
export function ociFailed(path: string, what: string, cause?: unknown): MsbDepsError {
  return new MsbDepsError("oci-invalid", `cannot read ${path} as an image: ${what}.`, {
    hint: "Supported are OCI layouts (a directory or a tar of it) and the output of `docker save`; tars may be compressed with gzip or Zstandard.",
    cause,
  });
}
