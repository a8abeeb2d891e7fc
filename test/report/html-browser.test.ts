import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { single } from "../../src/report/entries.ts";
import { analysesHtml, auditsHtml } from "../../src/report/html/html.ts";
import { largeAnswer } from "./html-sample.ts";
import { answer, audited } from "./reports.ts";

/** Debian's browser; without one these tests are skipped (.ci/run installs it). */
const CHROMIUM = ((): string | null => {
  try {
    return execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
})();

const hostile = (name: string): string => `</script><img src=x onerror="document.title='RUN'">${name}`;

describe.skipIf(CHROMIUM === null)("a report in a browser", () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "msb-deps-html-"));
    browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  /** Opens a report from disk; whatever the console says, or a request asks for, is a failure. */
  async function opened(html: string, look: (page: Page) => Promise<void>): Promise<void> {
    const path = join(folder, "report.html");
    await writeFile(path, html);
    const page = await browser.newPage();
    const trouble: string[] = [];
    page.on("console", (message) => trouble.push(message.text()));
    page.on("pageerror", (error) => trouble.push(error.message));
    page.on("request", (request) => {
      if (request.url() !== `file://${path}` && !request.url().startsWith(`file://${path}#`))
        trouble.push(request.url());
    });
    await page.goto(`file://${path}`);
    await look(page);
    expect(trouble).toEqual([]);
    await page.close();
  }

  const names = (page: Page, list: string): Promise<string[]> => page.locator(`#${list} .row .name`).allTextContents();

  test("search, and a click on a package for its chains", async () => {
    await opened(analysesHtml(single("Dockerfile", answer())), async (page) => {
      expect(await names(page, "packages")).toEqual(["libicu76", "libstdc++6", "libc6"]);
      await page.keyboard.press("/");
      await page.keyboard.type("icu");
      expect(await names(page, "packages")).toEqual(["libicu76"]);
      expect(await names(page, "libraries")).toEqual(["libicuuc.so.76"]);
      await page.locator("#packages .row").first().click();
      expect(await page.locator(".chains li").allTextContents()).toEqual(["/out/bin/app → libicuuc.so.76"]);
      expect(await names(page, "binaries")).toEqual(["/out/bin/app"]);
      expect(await page.locator("svg path.on").count()).toBeGreaterThan(0);
      await page.keyboard.press("Escape");
      expect(await names(page, "packages")).toHaveLength(3);
    });
  });

  test("by keyboard alone", async () => {
    await opened(analysesHtml(single("Dockerfile", answer())), async (page) => {
      await page.locator("#packages").focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      expect(await page.locator(".details h3 .name").textContent()).toBe("libicu76");
    });
  });

  test("statuses look different, not by colour alone", async () => {
    await opened(analysesHtml(single("Dockerfile", answer())), async (page) => {
      const badges = page.locator(".legend .badge");
      const texts = await badges.allTextContents();
      expect(texts).toEqual(
        expect.arrayContaining(["+ install", "· in the base", "↳ implied", "✕ missing", "⧉ must be copied"]),
      );
      const styles = (await page.evaluate(
        `[...document.querySelectorAll(".legend .badge")].map((one) => {
          const { color, borderStyle } = getComputedStyle(one);
          return color + " " + borderStyle;
        })`,
      )) as string[];
      expect(new Set(styles).size).toBe(styles.length);
    });
  });

  test("2,000 binaries: only the rows in view exist", async () => {
    await opened(analysesHtml(single("large", largeAnswer(2000))), async (page) => {
      expect(await page.locator("#binaries .row").count()).toBeLessThan(60);
      await page.locator("#binaries").focus();
      await page.keyboard.press("End");
      await expect.poll(() => page.locator("#binaries .row.active").textContent()).toContain("tool-1999");
      expect(await page.locator("svg path").count()).toBeLessThanOrEqual(400);
    });
  });

  test("an index of many files, with findings, and hostile names that stay text", async () => {
    const entries = ["a", "b"].map((label) => ({
      label: hostile(label),
      platform: null,
      document: audited(hostile),
      error: null,
    }));
    await opened(auditsHtml(entries), async (page) => {
      expect(await page.locator("tbody tr").count()).toBe(2);
      await page.locator("tbody button").nth(1).click();
      expect(await page.locator("h1").textContent()).toBe(hostile("b"));
      expect(await page.locator(".findings li").count()).toBe(4);
      expect(await page.locator("img").count()).toBe(0);
      expect(await page.title()).toContain("</script>");
      await page.goBack();
      expect(await page.locator("tbody tr").count()).toBe(2);
    });
  });

  test.each([380, 900, 1440])("nothing is wider than a window of %d", async (width) => {
    await opened(analysesHtml(single("large", largeAnswer(200))), async (page) => {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      const shots = process.env.MSB_DEPS_SCREENSHOTS;
      for (const colorScheme of shots === undefined ? [] : (["light", "dark"] as const)) {
        await page.emulateMedia({ colorScheme });
        await page.keyboard.press("Escape");
        await page.locator("#packages .row").first().click();
        await page.screenshot({ path: join(shots ?? "", `${width}-${colorScheme}.png`), fullPage: true });
      }
    });
  });
});
