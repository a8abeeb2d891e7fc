import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";

/** `npm run prove` without its build, for a few small programs; the whole table is docs/proof.md. */
function prove(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    execFile(process.execPath, ["scripts/prove.mjs", "--again", ...args], (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

describe("the lines of real programs, held against apt and the loader", () => {
  it.each([
    ["trixie", "jq,psql"],
    ["bookworm", "jq"],
  ])("are sufficient and irreducible on %s: %s", async (release, names) => {
    const { code, output } = await prove("--release", release, "--only", names);
    expect(output).toContain(`${names.split(",").length} proved, 0 not`);
    expect(code).toBe(0);
  });

  it("would be found out if they lacked a package", async () => {
    const { code, output } = await prove("--release", "trixie", "--only", "psql", "--line", "libpq5");
    expect(output).toMatch(/bin\/psql: libreadline\.so\.8 => not found/);
    expect(code).toBe(1);
  });

  it("would be found out if they had one too many", async () => {
    const { code, output } = await prove("--release", "trixie", "--only", "jq", "--line", "libjq1 libonig5");
    expect(output).toContain("removable: libonig5: apt installs it all the same");
    expect(code).toBe(1);
  });
});
