import { describe, expect, test } from "vitest";
import { placesOf, runtime } from "../kit.ts";

describe("lists-left", () => {
  test.each([
    ["never removed", "RUN apt-get update && apt-get install -y curl", "4:5"],
    ["removed in another layer", "RUN apt-get update\nRUN rm -rf /var/lib/apt/lists/*", "4:5"],
    ["something else is removed", "RUN set -e; apt update; rm -rf /var/cache/apt /var/lib/apt/listsx", "4:13"],
    ["removed before", "RUN rm -rf /var/lib/apt/lists/* && apt-get update", "4:36"],
    ["clean leaves them", "RUN apt-get update && apt-get clean", "4:5"],
    ["fetched by the install itself", "RUN apt-get install --update -y curl", "4:5"],
    ["by its short option", "RUN apt-get install -yU curl && rm -rf /tmp/*", "4:5"],
    ["only what is half fetched is removed", "RUN apt-get update; rm -rf /var/lib/apt/lists/partial/*", "4:5"],
    ["only one kind of file is removed", "RUN apt-get update; rm -f /var/lib/apt/lists/*.gz", "4:5"],
  ])("%s", (_, line, place) => {
    expect(placesOf("lists-left", runtime(line))).toEqual([place]);
  });

  test.each([
    ["removed", "RUN apt-get update && rm -rf /var/lib/apt/lists/*"],
    ["removed as a folder", "RUN apt-get update; rm -r /var/lib/apt/lists/"],
    ["the folder above", "RUN apt-get update; rm -rf /tmp/* /var/lib/apt"],
    ["by find", "RUN apt-get update; find /var/lib/apt/lists -type f -delete"],
    ["by their names", "RUN apt-get update; rm -f /var/lib/apt/lists/*_*"],
    ["by the names of mirrors", "RUN apt-get update; rm -rf /var/lib/apt/lists/deb*"],
    ["fetched by the install, and removed", "RUN apt-get install --update -y curl && rm -rf /var/lib/apt/lists/*"],
    ["--update of a simulation", "RUN apt-get install --update -s curl"],
    ["aptitude's -U is another option", "RUN aptitude install -U curl"],
    ["by apt", "RUN apt-get update; apt-get distclean"],
    ["in a mount", "RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update"],
    ["in a mount above", "RUN --mount=type=cache,sharing=locked,dst=/var/lib/apt/ apt-get update"],
    ["no update", "RUN apt-get install -y curl"],
    ["in a heredoc", "RUN <<EOF\napt-get update\nrm -rf /var/lib/apt/lists/*\nEOF"],
  ])("not: %s", (_, line) => {
    expect(placesOf("lists-left", runtime(line))).toEqual([]);
  });

  test("not: in the builder, which is thrown away", () => {
    expect(placesOf("lists-left", runtime().replace("RUN make", "RUN apt-get update"))).toEqual([]);
  });
});
