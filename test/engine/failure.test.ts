import { expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { buildFailure } from "../../src/engine/buildkit/failure.ts";
import { GrpcCode, GrpcError } from "../../src/engine/grpc/status.ts";

function failure(dockerfile: string, words: string): MsbDepsError {
  const error = buildFailure(new GrpcError(GrpcCode.unknown, words), null, { dockerfile, name: "Dockerfile" });
  if (!(error instanceof MsbDepsError)) throw new Error("not told to the user");
  return error;
}

const HEREDOC = "FROM a\nRUN <<E\nset -e\nE\n";
const PARSE = "failed to solve with frontend dockerfile.v0: dockerfile parse error line 3: unknown instruction: ";

test("a line of a heredoc is not called a bad instruction by an engine that knows no heredocs", () => {
  const error = failure(HEREDOC, `${PARSE}SET`);
  expect(error.message).toBe("Dockerfile:3: the Dockerfile frontend of this engine does not support heredocs (<<).");
  expect(error.hint).toContain("Engine 23.0");
});

test.each([
  ["FROM a\nRUN x\nSET y\n", "SET"],
  ["FROM a\nRUN <<E\nset\nE\nSET y\n", "SET"],
])("an instruction that nobody knows stays one: %j", (dockerfile, word) => {
  expect(failure(dockerfile, PARSE + word)).toMatchObject({
    code: "dockerfile-syntax",
    message: `Dockerfile:3: unknown instruction: ${word}.`,
  });
});
