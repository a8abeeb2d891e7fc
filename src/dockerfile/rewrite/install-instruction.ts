/** The foreign architectures among the words of an apt line, sorted. */
export function foreignArchitectures(install: readonly string[]): string[] {
  const names = install.flatMap((word) => (word.includes(":") ? [word.slice(word.indexOf(":") + 1)] : []));
  return [...new Set(names)].sort();
}

/** The lines of a RUN instruction that installs packages and leaves no lists behind; a word a line. */
export function installInstruction(install: readonly string[], continuation = "\\"): string[] {
  const prepare = foreignArchitectures(install).map((name) => `dpkg --add-architecture ${name} && `);
  return [
    `RUN ${prepare.join("")}apt-get update && apt-get install -y --no-install-recommends ${continuation}`,
    ...install.map((word) => `    ${word} ${continuation}`),
    " && rm -rf /var/lib/apt/lists/*",
  ];
}
