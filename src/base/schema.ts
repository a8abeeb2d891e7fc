import * as v from "valibot";

/** What is wrong with a value from outside, and where. Callers turn it into an `MsbDepsError`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Checks a value of unknown shape; its output is a `T`. */
export type Schema<T> = v.GenericSchema<unknown, T>;

/** For each field of `T` its schema, so that a field without one does not compile; optional fields are `exactOptional`. */
type Entries<T> = { readonly [K in keyof T]-?: Schema<T[K]> };

/**
 * Checks a value against a schema.
 * @param at what the value itself is called in messages
 * @throws Refusal with the place of the first fault: `files[3].mode is not a whole number from 0 to 4095`
 */
export function checked<T>(schema: Schema<T>, value: unknown, at = ""): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [{ path = [], message }] = result.issues;
  throw new Refusal(
    `${placeOf(
      at,
      path.map(({ key }) => key),
    )} ${message}`,
  );
}

function placeOf(at: string, keys: readonly unknown[]): string {
  const place = at + keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return place === "" ? "it" : place.replace(/^\./, "");
}

/** An object with the fields of `T`; others are dropped. */
export function object<T>(entries: Entries<T>): Schema<T> {
  const message = ({ input }: { input: unknown }): string => (input === undefined ? "is missing" : "is not an object");
  return v.object(entries as v.ObjectEntries, message) as unknown as Schema<T>;
}

export const text = v.string("is not a text");

/** An absolute path without NUL. */
export const pathText = v.pipe(
  text,
  v.check((path) => path.startsWith("/") && !path.includes("\0"), "is not an absolute path"),
);

export function mapOf<T>(schema: Schema<T>): Schema<Record<string, T>> {
  return v.record(v.string(), schema, "is not an object");
}

export const textMap = mapOf(text);

export function numberIn(min: number, max: number): Schema<number> {
  const fits = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
  return v.custom<number>(fits, `is not a whole number from ${min} to ${max}`);
}

export function oneOf<const T extends string>(choices: readonly T[]): Schema<T> {
  return v.picklist(choices, `is none of ${choices.join(", ")}`);
}

export function list<T>(schema: Schema<T>): Schema<T[]> {
  return v.array(schema, "is not a list");
}

/** The version that is understood here. */
export const versionOne = v.literal(1, "is not 1, the version that is understood here");
