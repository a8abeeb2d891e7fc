import { describe, expect, it, vi } from "vitest";
import { Leftovers, type Removal } from "../../src/engine/leftovers.ts";
import { CLOSED, EngineLost } from "../../src/engine/lost.ts";

const never = new AbortController().signal;
const lost = () => Promise.reject(new EngineLost("removing a container", CLOSED));
const image = (name: string) => ({ kind: "image", name }) as const;

/** A removal that goes through these results, the last one again and again. */
function results(...all: readonly (boolean | "lost" | "refused")[]): Removal & ReturnType<typeof vi.fn> {
  let at = 0;
  return vi.fn(async () => {
    const next = all[Math.min(at, all.length - 1)] ?? false;
    at += 1;
    if (next === "lost") return lost();
    if (next === "refused") throw new Error("conflict");
    return next;
  });
}

describe("what a run made is removed", () => {
  it("once, and one failure does not keep the rest", async () => {
    const leftovers = new Leftovers(never);
    const early = results(true);
    const late = results(true);
    const first = leftovers.add(image("early"), early);
    leftovers.add(image("stuck"), results("refused"));
    leftovers.add(image("late"), late);
    await Promise.all([first.remove(), first.remove()]);
    expect(await leftovers.removeAll()).toEqual([image("stuck")]);
    await first.remove();
    expect([early.mock.calls.length, late.mock.calls.length]).toEqual([1, 1]);
  });

  it("again on a new connection, if one was lost", async () => {
    const leftovers = new Leftovers(never);
    const removal = results("lost", "lost", true);
    await leftovers.add(image("a"), removal).remove();
    expect(removal).toHaveBeenCalledTimes(3);
    expect(await leftovers.removeAll()).toEqual([]);
  });

  it("again at the end, if the engine refused at first", async () => {
    const leftovers = new Leftovers(never);
    await leftovers.add(image("a"), results("refused", true)).remove();
    expect(await leftovers.removeAll()).toEqual([]);
  });

  it("containers before the images that they use", async () => {
    const order: string[] = [];
    const leftovers = new Leftovers(never);
    const noted = (name: string) => async () => {
      await new Promise((done) => setTimeout(done, 5));
      return order.push(name) > 0;
    };
    leftovers.add(image("image"), noted("image"));
    leftovers.add({ kind: "container", name: "container" }, noted("container"));
    await leftovers.removeAll();
    expect(order).toEqual(["container", "image"]);
  });

  it("also what turns up after the engine was asked for it and did not answer", async () => {
    const leftovers = new Leftovers(never);
    const removal = results(false, false, true);
    const leftover = leftovers.add(image("late"), removal);
    leftover.expect();
    await leftover.remove();
    expect(removal).toHaveBeenCalledTimes(3);
  });

  it("not waited for, if the engine has answered that it made nothing", async () => {
    const removal = results(false);
    const leftover = new Leftovers(never).add(image("none"), removal);
    leftover.expect();
    leftover.settle();
    await leftover.remove();
    expect(removal).toHaveBeenCalledTimes(1);
  });

  it("or named when its time is over", async () => {
    const over = new AbortController();
    const leftovers = new Leftovers(over.signal);
    const maybe = leftovers.add(image("may come"), results(false));
    maybe.expect();
    leftovers.add({ kind: "container", name: "unreachable" }, results("lost"));
    setTimeout(() => over.abort(), 100);
    expect(await leftovers.removeAll()).toEqual([image("may come"), { kind: "container", name: "unreachable" }]);
  });
});
