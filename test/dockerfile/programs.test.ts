// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { expect, test } from "vitest";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

function programs(line: string): readonly string[] {
  const [stage] = makePlan(parseDockerfile(`FROM debian\n${line}\n`)).stages;
  return (stage?.instructions ?? []).flatMap((instruction) =>
    instruction.kind === "command" ? instruction.programs : [],
  );
}

test.each([
  ['CMD ["nginx", "-g", "daemon off;"]', ["nginx"]],
  ["CMD nginx -g 'daemon off;'", ["nginx"]],
  ["CMD exec /usr/sbin/postfix start-fg", ["/usr/sbin/postfix"]],
  ['ENTRYPOINT ["tini", "--", "app"]', ["tini", "app"]],
  ['ENTRYPOINT ["/usr/bin/tini", "-g", "--", "/app/run", "--x"]', ["/usr/bin/tini", "/app/run"]],
  ['ENTRYPOINT ["dumb-init", "gosu", "www", "app"]', ["dumb-init", "gosu", "app"]],
  ['CMD ["sh", "-c", "exec app --port $PORT"]', ["sh", "app"]],
  ['CMD ["/bin/bash", "-c", "a && b"]', ["/bin/bash", "a", "b"]],
  ["CMD env A=1 app", ["env", "app"]],
  ["CMD $APP --x", []],
  ['CMD ["--flag"]', ["--flag"]],
  ["HEALTHCHECK --interval=5s CMD curl -f http://localhost || exit 1", ["curl"]],
  ['HEALTHCHECK CMD ["pg_isready", "-q"]', ["pg_isready"]],
  ["HEALTHCHECK NONE", []],
  ["CMD []", []],
])("%s", (line, expected) => {
  expect(programs(line)).toEqual(expected);
});
