/** Thrown within this folder and caught by `readElf`: damage is a result there, never an exception. */
export class Damage extends Error {
  override readonly name = "Damage";
  /** The file is beyond a limit (`limits.ts`), and not necessarily damaged. */
  readonly isLimit: boolean;

  constructor(reason: string, isLimit = false) {
    super(reason);
    this.isLimit = isLimit;
  }
}
