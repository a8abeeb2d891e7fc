import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import type { SshAddress } from "./address.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** So much of what ssh says is kept for the reason of a failure. */
const KEPT_WORDS = 4096;

/**
 * The words of ssh that reach an engine: as docker's own command line does it, `docker system dial-stdio` on the other
 * machine joins its engine's socket with the connection (docker/cli cli/connhelper).
 */
export function sshWords({ host, user, port, socket }: SshAddress): readonly string[] {
  const there = ["docker", ...(socket === null ? [] : ["--host", `unix://${socket}`]), "system", "dial-stdio"];
  return [
    ...(user === null ? [] : ["-l", user]),
    ...(port === null ? [] : ["-p", String(port)]),
    ...["-o", "ConnectTimeout=30", "-T", "--", host],
    // ssh hands one line to the shell of the other side.
    there.map(quoted).join(" "),
  ];
}

/** Quoted for a POSIX shell, where it is not plain. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * One connection to an engine through the `ssh` program, with the user's own configuration, keys and agent. The
 * program ends with the connection, also where we are killed: its input then ends.
 */
function sshConnection(address: SshAddress, env: Env): Duplex {
  // A session of its own, as docker's: Ctrl-C must not cut the connection over which we clean up.
  const child = spawn("ssh", sshWords(address), { env, stdio: "pipe", detached: true });
  let words = "";
  child.stderr.on("data", (data: Buffer) => {
    words = (words + data.toString("utf8")).slice(-KEPT_WORDS);
  });
  const connection = new Duplex({
    read: () => child.stdout.resume(),
    // Where the program has ended, its end says why, and not the pipe that broke.
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy(error, done) {
      child.stdin.destroy();
      child.kill();
      done(error);
    },
  });
  child.stdout.on("data", (data: Buffer) => {
    if (!connection.push(data)) child.stdout.pause();
  });
  child.stdin.on("error", () => {});
  child.on("error", (error) => connection.destroy(new Error(`cannot start ssh: ${error.message}`)));
  child.on("close", (code) => {
    if (code === 0 || connection.destroyed) connection.push(null);
    else connection.destroy(new Error(`ssh ended with exit code ${code}: ${words.trim().replaceAll(/\s+/g, " ")}`));
  });
  return connection;
}

/** Connections for Node's http that the ssh program makes, one a request. */
export class SshAgent extends Agent {
  readonly #address: SshAddress;
  readonly #env: Env;

  constructor(address: SshAddress, env: Env) {
    super({ keepAlive: false });
    this.#address = address;
    this.#env = env;
  }

  override createConnection(): Duplex {
    return sshConnection(this.#address, this.#env);
  }
}
