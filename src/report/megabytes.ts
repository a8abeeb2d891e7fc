/** Decimal megabytes, as docker shows sizes; small ones in kB. */
export function megabytes(bytes: number): string {
  return Math.abs(bytes) >= 1e6 || bytes === 0 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1000)} kB`;
}
