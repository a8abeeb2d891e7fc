/** A variable that a compose file requires, and that is not set. */
export class RequiredVariable extends Error {
  override readonly name = "RequiredVariable";
}

const VARIABLE = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])((?:[^{}]|\$\{[^{}]*\})*))?\})/g;

/**
 * Replaces the variables of a value of a compose file: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`,
 * `${NAME:?error}`, `${NAME:+replacement}`; `$$` is a dollar sign.
 * https://docs.docker.com/reference/compose-file/interpolation/
 * @throws RequiredVariable
 */
export function interpolate(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  return text.replace(VARIABLE, (_, dollar, plain, braced, operator = "", word = "") => {
    if (dollar !== undefined) return "$";
    const name = String(plain ?? braced);
    const value = variables[name];
    const isSet = value !== undefined && (value !== "" || !operator.startsWith(":"));
    const kind = operator.slice(-1);
    if (kind === "+") return isSet ? interpolate(word, variables) : "";
    if (isSet) return value;
    if (kind === "?") throw new RequiredVariable(`the variable ${name} is not set${word === "" ? "" : `: ${word}`}`);
    return kind === "-" ? interpolate(word, variables) : "";
  });
}
