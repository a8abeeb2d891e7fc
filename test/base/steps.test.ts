import { expect, it } from "vitest";
import { finish, finishPaced, flatMapSteps, type Steps } from "../../src/base/steps.ts";

/** Goes on for some seconds, unless it is stopped. */
function* long(): Steps<string> {
  for (const end = Date.now() + 5000; Date.now() < end; ) yield;
  return "came to its end";
}

it("a long computation ends when its signal is aborted, as the event loop goes on meanwhile", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("stopped")), 10);
  await expect(finishPaced(long(), stop.signal)).rejects.toThrow("stopped");
});

it("a result has more items than fit onto the stack", () => {
  const many = Array.from({ length: 500_000 }, (_, index) => index);
  const results = finish(flatMapSteps([0, 1], (item) => (item === 0 ? many : -1)));
  expect([results.length, results[499_999], results[500_000]]).toEqual([500_001, 499_999, -1]);
});
