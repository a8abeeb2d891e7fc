import type { GrpcCall, GrpcHandler } from "../grpc/server.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";
import { EngineLost, malformed } from "../lost.ts";
import { Packet, PacketType } from "../wire/messages.ts";
import { type FileSource, isRegular, type Selection } from "./file-source.ts";

/**
 * `moby.filesync.v1.FileSync/DiffCopy`, our side as the sender: the description of every entry in order, an empty one
 * to end them, then the content of those files that the engine asks for (it has asked since the first description), and
 * at its end mark our own. moby/buildkit session/filesync, tonistiigi/fsutil send.go.
 *
 * `onFailure` gets the trouble of our side; the engine gets its text alone.
 */
export function fileSync(
  sources: Readonly<Record<string, FileSource>>,
  onFailure: (error: unknown) => void,
): GrpcHandler {
  return async (call) => {
    const name = metadata(call, "dir-name")[0] ?? "";
    const source = sources[name];
    if (source === undefined) throw new GrpcError(GrpcCode.notFound, `no access allowed to dir "${name}"`);
    const selection: Selection = {
      include: metadata(call, "include-patterns"),
      exclude: metadata(call, "exclude-patterns"),
      follow: metadata(call, "followpaths"),
    };
    try {
      await transfer(call, source, selection);
    } catch (error) {
      // A RangeError is that of a packet which cannot be read.
      if (error instanceof RangeError)
        onFailure(new EngineLost("sending the build context", malformed("a valid message")));
      else if (!(error instanceof GrpcError)) onFailure(error);
      const text = error instanceof Error ? error.message : String(error);
      await call.send(Packet.encode({ type: PacketType.error, data: Buffer.from(text) })).catch(() => {});
      throw error;
    }
  };
}

async function transfer(call: GrpcCall, source: FileSource, selection: Selection): Promise<void> {
  const paths = new Map<number, string>();
  // A file that cannot be read ends the transfer at once, not with the engine's next packet.
  let fail: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const answering = Promise.race([answerRequests(call, source, paths, fail), failure]);
  await Promise.all([describe(call, source, selection, paths), answering]);
}

async function describe(
  call: GrpcCall,
  source: FileSource,
  selection: Selection,
  paths: Map<number, string>,
): Promise<void> {
  let id = 0;
  for await (const { path, mode, size, modified, linkTarget } of source.entries(selection)) {
    // Known before it is sent: the engine asks at once. Ids count every entry, not the regular files alone.
    if (isRegular(mode)) paths.set(id, path);
    id++;
    // Owner and group stay 0, as docker's own client sends a context.
    const stat = { path, mode, size, modTime: modified, linkname: linkTarget };
    await call.send(Packet.encode({ type: PacketType.stat, stat: { uid: 0, gid: 0, ...stat } }));
  }
  await call.send(Packet.encode({ type: PacketType.stat }));
}

async function answerRequests(
  call: GrpcCall,
  source: FileSource,
  paths: Map<number, string>,
  fail: (error: unknown) => void,
): Promise<void> {
  let sending: Promise<void> = Promise.resolve();
  for await (const bytes of call.messages) {
    const packet = Packet.decode(bytes);
    if (packet.type === PacketType.request) {
      sending = sending.then(() => sendFile(call, source, paths, packet.id));
      sending.catch(fail);
    } else if (packet.type === PacketType.error) {
      throw new GrpcError(GrpcCode.unknown, Buffer.from(packet.data).toString("utf8"));
    } else if (packet.type === PacketType.end) {
      await sending;
      await call.send(Packet.encode({ type: PacketType.end }));
      return;
    }
  }
  await sending;
}

async function sendFile(call: GrpcCall, source: FileSource, paths: Map<number, string>, id: number): Promise<void> {
  const path = paths.get(id);
  if (path === undefined)
    throw new GrpcError(GrpcCode.unknown, `the engine asked for file ${id}, which was not offered`);
  paths.delete(id);
  for await (const chunk of source.open(path)) {
    // An empty packet is the end of the file, which comes once.
    if (chunk.length > 0) await call.send(Packet.encode({ type: PacketType.data, id, data: chunk }));
  }
  await call.send(Packet.encode({ type: PacketType.data, id }));
}

/**
 * The values of a key. Newer engines percent-encode them where they are not ASCII, and say so beside them; older ones send
 * UTF-8, which Node reads as Latin-1.
 */
function metadata(call: GrpcCall, key: string): readonly string[] {
  const values = call.metadata(key);
  if (call.metadata(`${key}-encoded`)[0] !== "1")
    return values.map((value) => Buffer.from(value, "latin1").toString("utf8"));
  return values.map((value) => decodeURIComponent(value.replaceAll("+", " ")));
}
