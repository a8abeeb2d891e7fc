import { describe, expect, test } from "vitest";
import { placesOf, runtime } from "../kit.ts";

describe("recommends", () => {
  test.each([
    ["apt-get install", "RUN apt-get install -y curl", "4:5"],
    ["apt install behind another command", "RUN apt-get update && apt install -y curl", "4:23"],
    ["in a shell of its own", "RUN bash -c 'apt-get install -y curl'", "4:14"],
    ["in a later line", "RUN set -e; \\\n  apt-get install -y curl", "5:3"],
    ["switched on again", "RUN apt-get install -y --no-install-recommends --install-recommends curl", "4:5"],
  ])("%s", (_, line, place) => {
    expect(placesOf("recommends", runtime(line))).toEqual([place]);
  });

  test.each([
    ["the flag", "RUN apt-get install -y --no-install-recommends curl"],
    ["the option", "RUN apt-get -o APT::Install-Recommends=false install -y curl"],
    ["aptitude's flag", "RUN aptitude -R install curl"],
    [
      "a file of apt.conf.d",
      "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/9 && apt-get install -y curl",
    ],
    ["dpkg, which knows no recommendations", "RUN dpkg -i a.deb"],
    ["nothing is installed", "RUN apt-get update && apt-get -s install curl"],
  ])("not: %s", (_, line) => {
    expect(placesOf("recommends", runtime(line))).toEqual([]);
  });

  test("not: in the builder", () => {
    expect(placesOf("recommends", runtime().replace("RUN make", "RUN apt-get install -y gcc"))).toEqual([]);
  });
});
