import { describe, expect, it } from "vitest";

// A plain script: it has no types that the compiler reads here.
const script = new URL("../../scripts/lib/page-section.mjs", import.meta.url).href;
const { withSection }: { withSection: (page: string, name: string, section: string) => string } = await import(script);

describe("a section of a page", () => {
  const page = withSection("# Page\n\nText.\n", "one", "old\n");

  it("is added at the end, between markers", () => {
    expect(page).toBe("# Page\n\nText.\n\n<!-- one -->\nold\n<!-- /one -->\n");
  });

  it("is replaced, and nothing around it", () => {
    const both = withSection(page, "two", "other");
    expect(withSection(both, "one", "a\nb")).toBe(both.replace("old", "a\nb"));
    expect(withSection(both, "one", "$& $1")).toBe(both.replace("old", () => "$& $1"));
  });

  it("needs both markers", () => {
    expect(() => withSection("<!-- one -->\nold\n", "one", "new")).toThrow("do not match");
    expect(() => withSection("<!-- /one -->\n<!-- one -->\n", "one", "new")).toThrow("do not match");
  });
});
