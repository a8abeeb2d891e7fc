/** The messages exchanged with BuildKit; only the fields that are used here. */
import { bigint64, bool, bytes, field, int64, message, repeated, string, stringMap, uint32 } from "./protobuf.ts";

// moby/buildkit api/services/control/control.proto

export const SolveRequest = message({
  ref: field(1, string),
  exporter: field(3, string),
  exporterAttrs: stringMap(4),
  session: field(5, string),
  frontend: field(6, string),
  frontendAttrs: stringMap(7),
  entitlements: repeated(9, string),
});

export const StatusRequest = message({ ref: field(1, string) });

const WorkerRecord = message({ id: field(1, string), labels: stringMap(2) });
export const ListWorkersResponse = message({ record: repeated(1, WorkerRecord) });

/** google/protobuf/timestamp.proto */
const Timestamp = message({ seconds: field(1, int64), nanos: field(2, int64) });

const Vertex = message({
  digest: field(1, string),
  name: field(3, string),
  cached: field(4, bool),
  started: field(5, Timestamp),
  completed: field(6, Timestamp),
  error: field(7, string),
});

const VertexStatus = message({
  id: field(1, string),
  vertex: field(2, string),
  name: field(3, string),
  current: field(4, int64),
  total: field(5, int64),
});

const VertexLog = message({ vertex: field(1, string), stream: field(3, int64), msg: field(4, bytes) });

// moby/buildkit solver/pb/ops.proto
const Position = message({ line: field(1, int64), character: field(2, int64) });
const Range = message({ start: field(1, Position), end: field(2, Position) });

const VertexWarning = message({
  vertex: field(1, string),
  short: field(3, bytes),
  detail: repeated(4, bytes),
  ranges: repeated(7, Range),
});

export const StatusResponse = message({
  vertexes: repeated(1, Vertex),
  statuses: repeated(2, VertexStatus),
  logs: repeated(3, VertexLog),
  warnings: repeated(4, VertexWarning),
});

// tonistiigi/fsutil types/stat.proto and types/wire.proto

const Stat = message({
  path: field(1, string),
  mode: field(2, uint32),
  uid: field(3, uint32),
  gid: field(4, uint32),
  size: field(5, int64),
  modTime: field(6, bigint64),
  linkname: field(7, string),
});

export const Packet = message({
  type: field(1, uint32),
  stat: field(2, Stat),
  id: field(3, uint32),
  data: field(4, bytes),
});

export const PacketType = { stat: 0, request: 1, data: 2, end: 3, error: 4 } as const;

// moby/buildkit session/auth/auth.proto, session/secrets/secrets.proto, session/sshforward/ssh.proto

export const CredentialsRequest = message({ host: field(1, string) });
export const CredentialsResponse = message({ username: field(1, string), secret: field(2, string) });
export const GetSecretRequest = message({ id: field(1, string) });
export const GetSecretResponse = message({ data: field(1, bytes) });
export const CheckAgentRequest = message({ id: field(1, string) });
export const BytesMessage = message({ data: field(1, bytes) });

/** grpc/health/v1/health.proto: 1 is SERVING. */
export const HealthCheckResponse = message({ status: field(1, uint32) });

// google/rpc/status.proto and google/protobuf/any.proto
const Any = message({ typeUrl: field(1, string), value: field(2, bytes) });
export const RpcStatus = message({
  code: field(1, uint32),
  message: field(2, string),
  details: repeated(3, Any),
});
