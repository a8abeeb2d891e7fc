/** A package that `dpkg -S` names; the architecture is null where dpkg leaves it out. */
export interface NamedOwner {
  readonly name: string;
  readonly architecture: string | null;
}
