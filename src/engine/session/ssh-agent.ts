import { once } from "node:events";
import { stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { MsbDepsError } from "../../base/errors.ts";
import type { SshForward } from "../buildkit/settings.ts";
import type { GrpcCall, GrpcHandler } from "../grpc/server.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";
import type { Surroundings } from "../surroundings.ts";
import { BytesMessage } from "../wire/messages.ts";

/**
 * The agent protocol's messages that a build step may send: list the keys and sign with one. Nothing that adds, removes
 * or locks keys goes through. https://datatracker.ietf.org/doc/html/draft-miller-ssh-agent#section-5.1
 */
const REQUEST_IDENTITIES = 11;
const SIGN_REQUEST = 13;
/** SSH_AGENT_FAILURE as a whole message. */
const FAILURE = Buffer.from([0, 0, 0, 1, 5]);

/** OpenSSH's own limit (AGENT_MAX_LEN). */
const MAX_MESSAGE = 256 * 1024;

/**
 * The sockets of `--ssh` by id.
 * @throws MsbDepsError `usage` where there is no agent
 */
export async function sshSockets(
  forwards: readonly SshForward[],
  at: Surroundings,
): Promise<ReadonlyMap<string, string>> {
  const sockets = new Map<string, string>();
  for (const { id, socket } of forwards) {
    const path = socket ?? at.env.SSH_AUTH_SOCK;
    if (!path) {
      throw new MsbDepsError("usage", `--ssh ${id} needs an agent, but SSH_AUTH_SOCK is not set.`, {
        hint: "Start one (eval $(ssh-agent); ssh-add), or give its socket: --ssh ID=SOCKET.",
      });
    }
    const info = await stat(path).catch(() => null);
    if (info?.isSocket() !== true) {
      throw new MsbDepsError("usage", `--ssh ${id}: ${path} is not an agent socket.`, {
        hint: "Key files are not supported: add the key to an agent with ssh-add.",
      });
    }
    sockets.set(id, path);
  }
  return sockets;
}

/** `moby.sshforward.v1.SSH/ForwardAgent`: a connection to one agent for each that a step opens. */
export function forwardAgent(sockets: ReadonlyMap<string, string>): GrpcHandler {
  return async (call) => {
    const id = call.metadata("buildkit.ssh.id")[0] || "default";
    const path = sockets.get(id);
    if (path === undefined) throw new GrpcError(GrpcCode.notFound, `unset ssh forward key ${id}`);
    const agent = connect({ path });
    agent.on("error", () => {});
    try {
      await once(agent, "connect");
      await relay(call, agent);
    } finally {
      agent.destroy();
    }
  };
}

/** One request, one answer, in order: a refused request is answered in its place. */
async function relay(call: GrpcCall, agent: Socket): Promise<void> {
  const answers = agentMessages(agent);
  for await (const request of agentMessages(packets(call.messages))) {
    const allowed = request[4] === REQUEST_IDENTITIES || request[4] === SIGN_REQUEST;
    if (allowed) agent.write(request);
    const answer = allowed ? await answers.next() : { done: false, value: FAILURE };
    if (answer.done === true) return;
    await call.send(BytesMessage.encode({ data: answer.value }));
  }
}

async function* packets(messages: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  for await (const message of messages) yield BytesMessage.decode(message).data;
}

/** Cuts bytes into the agent's messages, length included: four bytes of length, then type and body. */
export async function* agentMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length === 0 || length > MAX_MESSAGE) throw new RangeError(`ssh agent: a message of ${length} bytes`);
      if (held.length < 4 + length) break;
      yield held.subarray(0, 4 + length);
      held = held.subarray(4 + length);
    }
  }
}
