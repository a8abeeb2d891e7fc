import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Analysis } from "../../analysis/model.ts";
import { itemsOf } from "../ci/items.ts";
import type { Entry } from "../entries.ts";
import type { AuditReport } from "../findings.ts";
import { jsonText } from "../json.ts";
import { printable } from "../names.ts";
import { withoutCredentials } from "../output.ts";
import { tool } from "../tool.ts";
import { pageOf } from "./page-data.ts";

/** Analyses as one HTML file that needs nothing else: an index, and a picture of each. */
export function analysesHtml(entries: readonly Entry<Analysis>[]): string {
  return documentOf(
    entries.map(({ label, platform, document, error }) => ({
      ...{ label: named(label, platform), error: error?.message ?? null, findings: [] },
      page: document === null ? null : pageOf(document),
    })),
  );
}

/** The same with the findings of audits. */
export function auditsHtml(entries: readonly Entry<AuditReport>[]): string {
  return documentOf(
    entries.map((entry) => {
      const { label, platform, document, error } = entry;
      const findings = itemsOf([entry]).map(({ finding, hasLines, message }) => ({
        ...{ code: finding.code, severity: finding.severity, line: hasLines ? finding.line : null, message },
      }));
      const analysis = document?.analysis ?? null;
      return {
        ...{ label: named(label, platform), error: error?.message ?? null, findings },
        page: analysis === null ? null : pageOf(analysis),
      };
    }),
  );
}

function named(label: string, platform: string | null): string {
  return withoutCredentials(printable(platform === null ? label : `${label} (${platform})`));
}

/**
 * The page: our own style and script, which its policy (Content Security Policy 3) allows by their hashes and nothing else,
 * and the data in a block that no browser runs. Names reach the page as text nodes only.
 */
function documentOf(entries: readonly object[]): string {
  const [style, script] = [part("page.css"), part("page.js")];
  const data = escapeBlock(jsonText({ tool: tool(), entries }));
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>msb-deps</title>
<style>${style}</style>
</head>
<body>
<noscript>This report needs JavaScript. It loads nothing from a network.</noscript>
<main id="main"></main>
<script type="application/json" id="data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

function part(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** JSON that cannot end its block or begin a comment, and has nothing that writing would change. */
function escapeBlock(json: string): string {
  return json.replace(
    /[<>&\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
