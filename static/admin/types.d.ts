/** What the operator's view is told; docs/admin.md is normative. */

export type { Language } from '../types.d.ts';

/** One second: what happened in it, or how things stood at its end. Latencies are in microseconds. */
export interface Sample {
  number: number;
  at: string;
  users: number;
  sockets: number;
  connections: number;
  messages_in: number;
  messages_out: number;
  bytes_in: number;
  bytes_out: number;
  queued_bytes: number;
  backlog_bytes: number;
  latency_p50: number | null;
  latency_p99: number | null;
  memory_bytes: number | null;
}

export interface ServerState {
  at: string;
  version: string;
  epoch: string;
  started_at: string;
  /** Seconds. */
  uptime: number;
  workers: number;
  bans: number;
  refusals: number;
  sample: Sample;
}

export interface SocketRow {
  id: string;
  address: string;
  since: string;
  queued_bytes: number;
  /** Microseconds. */
  round_trip: number | null;
  protocol: string;
  worker: number;
}

export interface UserRow {
  id: string;
  name: string;
  since: string | null;
  sockets: SocketRow[];
}

export interface UserList {
  total: number;
  matching: number;
  offset: number;
  limit: number;
  users: UserRow[];
}

export interface Ban {
  id: number;
  address: string;
  name: string | null;
  reason: string;
  at: string;
  until: string | null;
}

export interface RefusalRow {
  at: string;
  first_at: string;
  count: number;
  address: string;
  what: string;
  code: string;
  got: string;
  wanted: string;
  admit: string | null;
}

export interface Setting {
  name: string;
  group: string;
  values: string[];
  source: 'flag' | 'environment' | 'file' | 'socket' | 'default';
  place: string;
  default: string;
  help: string;
}

/** Why something was not done. Status 0: the server did not answer. */
export interface Failure {
  status: number;
  code: string;
  message: string;
  own: boolean;
  others: number;
}

export type SortKey = 'name' | 'since' | 'sockets' | 'queue' | 'round-trip';
