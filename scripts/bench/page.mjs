// The page about run times, and its chart.

/** The page; `notes` is the part that people write. */
export function page({ version, date, engine, machine, load }, results, notes) {
  return `# Performance

Made by \`npm run bench\`; do not edit what is before the notes. msb-deps ${version}, ${date}, Docker Engine ${engine}, ${machine}, load ${load}
at the start. Medians of runs in turn. The ratio is msb-deps to the command, the median over the rounds: below 1, msb-deps is
faster.

![run times](performance.svg)
${results.map(section).join("")}${notes}`;
}

function section({ name, what, pairs, ways }) {
  const rows = ways.map((way) => `| ${way.name} | ${way.seconds.toFixed(2)} | ${way.ratio.toFixed(2)} |`);
  const own = ways.filter(({ usage }) => usage !== null).map(ownText);
  return `
## ${name}

${what}; ${pairs} rounds.

| command | median, s | ratio |
| --- | ---: | ---: |
${rows.join("\n")}

${own.join("\n\n")}
`;
}

function ownText({ name, usage: { cpu, memory, phases } }) {
  const parts = phases
    .filter(([, seconds]) => seconds >= 0.05)
    .map(([phase, seconds]) => `${phase} ${seconds.toFixed(2)} s`);
  return `${name}: ${cpu.toFixed(2)} s of CPU time outside the container, ${memory.toFixed(0)} MiB at most. Phases: ${parts.join(", ")}.`;
}

const [WIDTH, LABEL, ROW] = [760, 300, 20];

/** Bars of each corpus, to the scale of its slowest command. */
export function chart(results) {
  const lines = [];
  let y = 0;
  for (const { name, ways } of results) {
    y += 1.5 * ROW;
    lines.push(`<text x="0" y="${y}" font-weight="bold">${escaped(name)}</text>`);
    const slowest = Math.max(...ways.map(({ seconds }) => seconds));
    for (const [at, way] of ways.entries()) {
      y += ROW;
      const width = Math.max(1, ((WIDTH - LABEL - 70) * way.seconds) / slowest).toFixed(0);
      const color = way.name.startsWith("msb-deps") ? "#2a6fdb" : "#999";
      lines.push(
        `<text x="${LABEL - 8}" y="${y}" text-anchor="end">${escaped(way.name)}</text>`,
        `<rect x="${LABEL}" y="${y - 11}" width="${width}" height="14" fill="${color}"${at === 0 ? "" : ' opacity="0.8"'}/>`,
        `<text x="${LABEL + Number(width) + 6}" y="${y}">${way.seconds.toFixed(2)} s</text>`,
      );
    }
  }
  const height = y + ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${lines.join("\n")}
</svg>
`;
}

function escaped(text) {
  return text.replaceAll("`", "").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
