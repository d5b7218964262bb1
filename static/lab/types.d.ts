// The shapes of the lab. Types only: nothing here reaches the browser.

import type { AuthFrame, ClientCommand } from '../types.d.ts';

export type SocketState = 'CONNECTING' | 'OPEN' | 'CLOSING' | 'CLOSED';

/** What a script may hand to a socket, and what a socket hands to a script. */
export type Data = string | Blob | BufferSource;

/** What the tape keeps. `n` grows by one, `at` is milliseconds since 1970, `socket` counts the sockets of this page. */
export type TapeEntry =
  | { n: number; at: number; socket: number; kind: 'in' | 'out'; data: Data }
  | StateEntry;

export interface StateEntry {
  n: number;
  at: number;
  socket: number;
  kind: 'state';
  state: SocketState;
  url?: string;
  protocol?: string;
  extensions?: string;
  code?: number | null;
  reason?: string;
  wasClean?: boolean;
}

/** What the page's own sockets said and heard: see tape.js. */
export interface Recording {
  /** The newest socket of this page. */
  readonly socket: WebSocket | null;
  entries(): TapeEntry[];
  follow(follower: (entry: TapeEntry) => void): () => void;
  clear(): void;
}

/** What the lab may do to the page's socket. */
export interface LabTools {
  /** `null` where the server does not allow the lab. */
  tape(): Recording | null;
  /** Whether the socket took the command. */
  send(command: ClientCommand): boolean;
  /** Comes back now, whatever ended the connection. */
  retry(): void;
  /** The page does not come back by itself for so many milliseconds after the next end. */
  stayAway(time: number): void;
}

export interface FrameRow {
  n: number;
  at: number;
  socket: number;
  direction: 'in' | 'out';
  /** 1 is text, 2 binary: RFC 6455, section 5.2. */
  opcode: 1 | 2;
  /** Bytes of the payload. */
  size: number;
  /** `type` of the JSON in it; `text` or `binary` where there is none. */
  type: string;
  text: string | null;
  /** `undefined` where it is no JSON. */
  json: unknown;
}

/** What somebody did in the lab and no socket shows. */
export type Act = 'asked' | 'opened';

export type Happening =
  | StateEntry
  | { kind: 'frame'; frame: FrameRow }
  /** A frame of the server that tells what it saw. */
  | { kind: 'report'; report: Report; frame: FrameRow }
  /** A handshake from a foreign origin was answered, as far as a browser tells. */
  | { kind: 'knock'; isOpen: boolean }
  | { kind: 'act'; act: Act };

export interface Handshake {
  request: { line: string; headers: readonly (readonly [string, string])[] };
  answer: { line: string; headers: readonly (readonly [string, string])[] };
  interceptors: readonly { name: string; verdict: string; compared: Comparison; source: string | null }[];
}

/** What an interceptor compared with what, and the setting that would admit what it refused. */
export interface Comparison {
  got: string | null;
  wanted: readonly string[];
  rule: string | null;
  admit: string | null;
  figures: readonly string[];
}

/** A frame `lab` of the server, as docs/lab.md has it. Its parts depend on its `kind`. */
export interface Told {
  kind: string;
  frame?: { type?: string; reason?: string };
  request?: { line?: string };
  answer?: { line?: string };
  [part: string]: unknown;
}

/** What the server told of one thing that it saw or decided. */
export interface Report {
  n: number;
  /** By the server's clock, in milliseconds since 1970. */
  at: number;
  /** The number of this page's socket that brought it, which need not be the one that it is about. */
  socket: number;
  kind: string;
  seq: number;
  source: string | null;
  told: Told;
}

export interface Closed {
  code: number;
  reason: string;
  wasClean: boolean;
  socket: number;
  at: number;
}

export interface RoundTrip {
  n: number;
  at: number;
  ms: number;
  by: 'question' | 'ping';
}

/** What the lab knows. Parts that did not change keep their identity. */
export interface Model {
  /** The number of the newest socket of this page; 0 before the first. */
  socket: number;
  state: SocketState | null;
  cameFrom: SocketState | null;
  protocol: string | null;
  closed: Closed | null;
  auth: AuthFrame | null;
  frames: readonly FrameRow[];
  reports: readonly Report[];
  handshake: Handshake | null;
  trips: readonly RoundTrip[];
  /** When the question went out that has no answer yet. */
  askedAt: number | null;
  /** Bytes that wait for this socket at the server, as last told. */
  queue: number | null;
  /** How long the server waits before it tells the others that somebody is gone; `null` until it told. */
  grace: number | null;
  /** The newest number in the server's journal that has come. */
  seq: number;
  /** What the server answered to the wish to watch; `null` before. */
  watch: { token: string; foreign: string | null } | null;
}

export type Tab = 'connection' | 'frames' | 'server' | 'times' | 'try' | 'codes';

export interface Part {
  root: HTMLElement;
  render(model: Model): void;
}

export type Goal =
  | 'asked'
  | 'cookie'
  | 'anew'
  | 'switched'
  | 'judged'
  | 'auth'
  | 'list'
  | 'time'
  | 'opened'
  | 'said'
  | 'acked'
  | 'heard'
  | 'pinged'
  | 'ponged'
  | 'measured'
  | 'left'
  | 'dropped'
  | '1002'
  | '1003'
  | '1008'
  | '403';

/** How far the tour has come; the rest is what must be remembered to judge what comes next. */
export interface Progress {
  done: ReadonlySet<Goal>;
  greeting: readonly string[];
  socket: number;
  /** Ids of what was said on this socket. */
  said: readonly string[];
  /** Numbers of the lines that were acknowledged. */
  lines: readonly number[];
  /** Whether the page's question for the time is on its way. */
  hasAsked: boolean;
}

export type TrialName = 'close' | 'vanish' | 'deaf' | 'text' | 'json' | 'binary' | 'long' | 'flood' | 'feed' | 'tab' | 'origin';

export type Rule = 'unmasked' | 'reserved-bit' | 'reserved-opcode' | 'bad-utf8' | 'fragmented-ping' | 'short-close' | 'long-length';

/** Does an experiment; gives the word that says why it cannot be done, or nothing. */
export type Deed = () => 'saw-not-open' | 'trial-origin-none' | null;

export interface Trial {
  name: TrialName;
  group: 'endings' | 'rules' | 'others';
  /** Whether the connection ends by it. */
  ends: boolean;
  /** The files in which it happens. */
  sources: readonly string[];
}

/** One thing that was seen after an experiment. */
export interface Line {
  word: keyof import('./words.js').LabWords & (`saw-${string}` | 'trial-origin-none');
  text?: string;
  code?: number;
  report?: Report;
  /** How often in a row. */
  times?: number;
}

/** One experiment under way or over. */
export interface Run {
  name: TrialName;
  socket: number;
  at: number;
  staysAway: boolean;
  lines: readonly Line[];
  hasEnded: boolean;
  /** When the server gives up, by its clock; `null` where it does not. */
  evictsAt: number | null;
  isOver: boolean;
}
