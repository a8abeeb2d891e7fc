import * as v from "valibot";
import { similarNames } from "./similar.ts";

/** What is wrong with a value from outside, and where. Callers turn it into an `MsbDepsError`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** The keys and indexes that lead to the fault. */
  readonly path: readonly (string | number)[];

  constructor(message: string, path: readonly (string | number)[]) {
    super(message);
    this.path = path;
  }
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
  const keys = path.map(({ key }) => (typeof key === "number" ? key : String(key)));
  throw new Refusal(`${placeOf(at, keys)} ${message}`, keys);
}

function placeOf(at: string, keys: readonly (string | number)[]): string {
  const place = at + keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  return place === "" ? "it" : place.replace(/^\./, "");
}

/** An object with the fields of `T`; others are dropped. */
export function object<T>(entries: Entries<T>): Schema<T> {
  const message = ({ input }: { input: unknown }): string => (input === undefined ? "is missing" : "is not an object");
  return v.object(entries as v.ObjectEntries, message) as unknown as Schema<T>;
}

/** An object with fields of `T` that may all be absent; another key is refused, with the names that it may mean. */
export function closed<T>(entries: { readonly [K in keyof T]-?: Schema<T[K]> }): Schema<T> {
  const fields = Object.fromEntries(
    Object.entries<Schema<unknown>>(entries).map(([name, schema]) => [name, v.exactOptional(schema)]),
  );
  const message = ({ path = [] }: { path?: readonly { key: unknown }[] | undefined }): string =>
    `is an unknown key${meant(String(path.at(-1)?.key), Object.keys(entries))}`;
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isMap, "is not a map"),
    v.strictObject(fields, message),
  ) as unknown as Schema<T>;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One of some words; for another one, the words that it may mean. */
export function known<const T extends string>(choices: readonly T[], what: string): Schema<T> {
  return v.picklist(choices, ({ input }) => `is not ${what}${meant(String(input), choices)}`);
}

/** `; did you mean target?`, else the names that there are. */
function meant(name: string, names: readonly string[]): string {
  const similar = similarNames(name, names);
  return similar.length > 0 ? `; did you mean ${similar.join(" or ")}?` : ` (${names.join(", ")})`;
}

export const text = v.string("is not a string");

export const filledText = v.pipe(text, v.nonEmpty("is empty"));

/** An absolute path without NUL. */
export const pathText = v.pipe(
  text,
  v.check((path) => path.startsWith("/") && !path.includes("\0"), "is not an absolute path"),
);

export function mapOf<T>(schema: Schema<T>, key: Schema<string> = v.string()): Schema<Record<string, T>> {
  const entries = v.record(key as v.GenericSchema<string, string>, schema);
  return v.pipe(v.custom<Readonly<Record<string, unknown>>>(isMap, "is not an object"), entries);
}

export const textMap = mapOf(text);

export function numberIn(min: number, max: number): Schema<number> {
  const fits = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
  return v.custom<number>(fits, `is not a whole number from ${min} to ${max}`);
}

export function oneOf<const T extends string>(choices: readonly T[]): Schema<T> {
  return v.picklist(choices, `is not one of ${choices.join(", ")}`);
}

export function list<T>(schema: Schema<T>): Schema<T[]> {
  return v.array(schema, "is not a list");
}

/** The version that is understood here. */
export const versionOne = v.literal(1, "is not 1, the supported version");
