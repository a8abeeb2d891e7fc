import type { BuildStatus } from "../buildkit/progress.ts";
import { asRecord, asText } from "../docker-config.ts";

/** A status of so many lines is none. */
const MAX_LINES = 100_000;

/**
 * Reads what `docker buildx build --progress=rawjson` prints, line by line: a status a line, or over many lines with
 * indentation, as buildx 0.13 prints it, from a line `{` to a line `}`.
 */
export class RawStatusReader {
  #open: string[] = [];

  /** The status that ends with this line, or the lines that are none; neither within a status. */
  take(line: string): BuildStatus | readonly string[] {
    if (this.#open.length === 0 && line !== "{") return parseRawStatus(line) ?? [line];
    this.#open.push(line);
    if (line !== "}" && this.#open.length < MAX_LINES) return [];
    const lines = this.end();
    return parseRawStatus(lines.join("\n")) ?? lines;
  }

  /** What was begun and not ended. */
  end(): readonly string[] {
    return this.#open.splice(0);
  }
}

/** A text of JSON as BuildKit's own status; null for one that is none, as the error at the end. moby/buildkit client/graph.go (SolveStatus) */
function parseRawStatus(text: string): BuildStatus | null {
  if (!text.startsWith("{")) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const status = asRecord(parsed);
  return {
    vertexes: records(status.vertexes).map((vertex) => ({
      digest: asText(vertex.digest) ?? "",
      name: asText(vertex.name) ?? "",
      cached: vertex.cached === true,
      started: timestamp(vertex.started),
      completed: timestamp(vertex.completed),
      error: asText(vertex.error) ?? "",
    })),
    statuses: records(status.statuses).map((one) => ({
      id: asText(one.id) ?? "",
      vertex: asText(one.vertex) ?? "",
      name: asText(one.name) ?? "",
      current: Number(one.current ?? 0),
      total: Number(one.total ?? 0),
    })),
    logs: records(status.logs).map((log) => ({
      vertex: asText(log.vertex) ?? "",
      stream: Number(log.stream ?? 1),
      msg: Buffer.from(asText(log.data) ?? "", "base64"),
    })),
    warnings: records(status.warnings).map((warning) => ({
      vertex: asText(warning.vertex) ?? "",
      short: Buffer.from(asText(warning.short) ?? "", "base64"),
      detail: (Array.isArray(warning.detail) ? warning.detail : []).map((part) =>
        Buffer.from(asText(part) ?? "", "base64"),
      ),
      ranges: records(warning.range).map(({ start, end }) => ({ start: position(start), end: position(end) })),
    })),
  };
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(asRecord) : [];
}

function timestamp(value: unknown): { seconds: number; nanos: number } | null {
  const ms = Date.parse(asText(value) ?? "");
  return Number.isNaN(ms) ? null : { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
}

function position(value: unknown): { line: number; character: number } {
  const { line, character } = asRecord(value);
  return { line: Number(line ?? 0), character: Number(character ?? 0) };
}
