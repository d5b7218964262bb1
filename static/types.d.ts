// The shapes that travel between the server, the state and the view. Types only: nothing here reaches the browser.
//
// The first half is the wire of `tertulia.v1`, as `src/message.rs` and `docs/protocol.md` tell it; the second half
// is the page's own.

// ---- the wire ----------------------------------------------------------------------------------------------------

/** Who somebody is, as everybody may know it. The id is 16 hexadecimal digits. */
export interface User {
  id: string;
  name: string;
}

/** RFC 3339 in UTC with milliseconds: `2026-11-25T17:43:03.123Z`. */
export type Timestamp = string;

/** What a client must keep to; 0 means no limit. */
export interface Limits {
  /** Bytes of one message, in UTF-8: of a whole command, that is. */
  text: number;
  /** Frames per second, on the average of some seconds. */
  frames: number;
}

export interface AuthFrame {
  type: 'auth';
  user: User;
  socket: string;
  protocol: string;
  /** Milliseconds; 0 means never. */
  heartbeat: { interval: number; timeout: number };
  limits: Limits;
  epoch: string;
}

export interface UserListFrame {
  type: 'user-list';
  users: User[];
  version: number;
}

export interface OnlineFrame {
  type: 'online';
  user: User;
  version: number;
  at: Timestamp;
}

export interface OfflineFrame {
  type: 'offline';
  user: User;
  version: number;
  at: Timestamp;
}

export type DropReason = 'connection-lost' | 'heartbeat-timeout' | 'slow-consumer' | 'refused' | 'server-error';

export interface DroppedFrame {
  type: 'dropped';
  user: User;
  version: number;
  at: Timestamp;
  reason: DropReason;
}

export type PresenceFrame = OnlineFrame | OfflineFrame | DroppedFrame;

export interface ChatFrame {
  type: 'chat';
  /** 1, 2, 3, … within an epoch. */
  id: number;
  user: User;
  text: string;
  at: Timestamp;
}

/** What this client said under `id` is the line `chat`. Comes just before that line. */
export interface AckFrame {
  type: 'ack';
  id: string;
  chat: number;
  at: Timestamp;
}

/** Lines said before, oldest first, without a gap among them. */
export interface HistoryFrame {
  type: 'history';
  lines: ChatFrame[];
  /** Whether the server still has the line before the first of these. */
  more: boolean;
  /** In a greeting without lines, the number of the newest line; absent if nothing was said in this epoch. */
  last?: number;
}

/** Something is missing for good between what this client holds and the `history` that follows. */
export interface GapFrame {
  type: 'gap';
  reason: 'too-old' | 'restarted' | 'unknown';
  missing?: number;
}

export interface TypingFrame {
  type: 'typing';
  users: User[];
}

/** Everybody who is away, by id. */
export interface AwayFrame {
  type: 'away';
  users: string[];
}

export interface ServerTimeFrame {
  type: 'server-time';
  at: Timestamp;
}

export type ErrorCode =
  | 'unknown-command'
  | 'empty-text'
  | 'text-too-long'
  | 'control-character'
  | 'id-reused'
  | 'bad-id'
  | 'lab-off'
  | 'bad-bytes'
  | 'too-fast'
  | 'name-taken'
  | 'too-many-sockets'
  | 'kicked';

export interface ErrorFrame {
  type: 'error';
  code: ErrorCode;
  message: string;
  ref?: string;
}

/** What the server saw of one's own sockets, for the lab: see docs/lab.md, and `Told` in lab/types.d.ts. */
export interface LabFrame {
  type: 'lab';
  seq: number;
  at: Timestamp;
  kind: string;
  where: string;
  line: number;
  [part: string]: unknown;
}

export type ServerFrame =
  | AuthFrame
  | UserListFrame
  | PresenceFrame
  | ChatFrame
  | AckFrame
  | HistoryFrame
  | GapFrame
  | TypingFrame
  | AwayFrame
  | ServerTimeFrame
  | LabFrame
  | ErrorFrame;

export type ClientCommand =
  | { type: 'say'; text: string; id?: string; ref?: string }
  | { type: 'history'; before: number; limit: number }
  | { type: 'typing' }
  | { type: 'away'; away: boolean }
  | { type: 'user-list' }
  | { type: 'server-time' }
  | { type: 'lab'; do: 'watch'; after?: number; ref?: string }
  | { type: 'lab'; do: 'unwatch' | 'vanish' | 'deafen'; ref?: string }
  | { type: 'lab'; do: 'feed'; bytes: string; ref?: string };

/** Who this browser is to the server, and whether it may watch its own connection in the lab. */
export interface Visitor extends User {
  lab?: boolean;
  /** What a proxy took from the last handshake of this person, where one did: `Upgrade: websocket` and its like. */
  spoiled?: string[];
}

/** Why the server refused a name, a visitor or a text. `status` is 0 when no answer came at all. */
export interface Refusal {
  status: number;
  code: string;
  /** The server's own sentence, in English. */
  message: string;
}

// ---- the page ----------------------------------------------------------------------------------------------------

export type Language = 'en' | 'zh';

/** Why the entrance is shown to somebody who had been inside. */
export type Notice = 'left' | 'session-ended' | 'name-taken' | 'kicked';

/** Why there is no connection. */
export type Cause = 'never' | 'no-upgrade' | 'lost' | 'restarting' | 'too-slow' | 'too-fast' | 'too-many-sockets' | 'refused';

/** How the socket is doing. `cause` is set from the first loss until the next `auth`. */
export type Link =
  | { status: 'connecting'; cause: Cause | null }
  | { status: 'open' }
  /** `retryAt`: milliseconds since 1970 on this machine's clock. */
  | { status: 'waiting'; cause: Cause; retryAt: number }
  /** Nothing happens until the user asks for it. */
  | { status: 'stopped'; cause: Cause };

/** How what is said travels: over a WebSocket, or as SockJS has it. */
export type Way = 'websocket' | 'xhr-streaming' | 'eventsource' | 'xhr-polling';

/** A line of the log. Keys grow by one and are never used again. */
export type Entry =
  | { key: number; kind: 'chat'; id: number; user: User; text: string; at: Timestamp }
  | { key: number; kind: 'presence'; change: 'online' | 'offline'; user: User; at: Timestamp }
  | { key: number; kind: 'presence'; change: 'dropped'; reason: DropReason; user: User; at: Timestamp }
  /** `lines`: how many are missing for good, `null` where nobody knows. */
  | { key: number; kind: 'gap'; gap: 'restarted' | 'missed'; lines: number | null };

/** A line of one's own that is not in the log yet. */
export interface Pending {
  /** Under which it is said, and said again: see "Nothing lost, nothing doubled" in docs/protocol.md. */
  id: string;
  text: string;
  /**
   * `waiting`: no socket has had it. `sent`: a socket of `epoch` has had it, and it will be said again there until the
   * `ack` comes. `acked`: it is the line `number`, which comes next. `unsure`: it was sent in an epoch that is over.
   * `refused`: the server would not have it. The last two wait for the person: retry (under a new id) or forget.
   */
  status: 'waiting' | 'sent' | 'acked' | 'unsure' | 'refused';
  /** The epoch in which it was sent; `null` while it waits. */
  epoch: string | null;
  /** The last line that the page held when it was sent first: its own line comes behind that one. */
  after: number;
  /**
   * The line of the room that it is; while it is `sent`, the one that it seems to be, since its `ack` was lost. A line
   * with a number stands in the log, or comes there at once: it is not to be shown a second time.
   */
  number: number | null;
  refusal: ErrorCode | null;
}

/** Somebody who went a moment ago, and how. */
export interface Departed {
  user: User;
  at: Timestamp;
  change: 'offline' | 'dropped';
}

/** A line of the room: its number counts in its epoch only; 0 stands before the first. */
export interface Position {
  epoch: string;
  number: number;
}

export interface State {
  language: Language;
  /** What is shown: nothing yet, the name form, the conversation. */
  place: 'starting' | 'entrance' | 'room';
  entrance: { name: string; notice: Notice | null; refusal: Refusal | null; busy: boolean };
  me: User | null;
  link: Link;
  /** `null` before the first socket is open. */
  way: Way | null;
  limits: Limits;
  epoch: string | null;
  /** What the page holds: this line of this epoch, and all before it that can be had. A new socket goes on from there. */
  held: Position | null;
  /** Between `auth` and the end of the greeting. */
  awaitsHistory: boolean;
  people: ReadonlyMap<string, User>;
  /** The version of presence that `people` reflects. */
  version: number;
  /** Deltas that overtook the list of this socket; `null` once the list is here. */
  early: readonly PresenceFrame[] | null;
  log: readonly Entry[];
  nextKey: number;
  /** Whether the server has lines before the first of the log, and whether they were asked for. */
  older: { more: boolean; asked: boolean };
  pending: readonly Pending[];
  /** Who is typing, and until when that counts, in milliseconds since 1970 on this machine's clock. */
  typing: ReadonlyMap<string, { user: User; until: number }>;
  /** Ids of those who are away. */
  away: ReadonlySet<string>;
  /** Who left or dropped out within the last two minutes and is not back. */
  departed: ReadonlyMap<string, Departed>;
  /** The key of the last entry that was seen before the reader left: the "new since you left" line stands behind it. */
  seenKey: number | null;
  /** What this person has read, in this tab or another. */
  read: Position | null;
  /** The last `error` of this socket after which the server hangs up. */
  lastWord: ErrorFrame | null;
  /** What a proxy in between takes from handshakes, as the server told; `null` where it does not know of any. */
  spoiled: readonly string[] | null;
  /** Server's clock minus ours, in milliseconds; `null` until the server told its time. */
  clockOffset: number | null;
  visible: boolean;
  /** Whether the window has the focus. Only who looks at a page and has its focus reads there. */
  focused: boolean;
  /** Lines of others that came while nobody read, here or in another tab. */
  unread: number;
}

/** All that can happen to the page. */
export type PageEvent =
  | { type: 'language-chosen'; language: Language }
  | { type: 'visibility-changed'; visible: boolean }
  | { type: 'focus-changed'; focused: boolean }
  /** Another tab of this person has shown the lines up to this one. */
  | { type: 'read-elsewhere'; read: Position }
  | { type: 'entering' }
  /** `read`: what this person had read when they were here last. */
  | { type: 'entered'; user: User; read?: Position | null }
  | { type: 'entry-refused'; refusal: Refusal }
  | { type: 'signed-out'; notice: Notice | null }
  | { type: 'connecting' }
  | { type: 'way-found'; way: Way }
  | { type: 'lost'; code: number; retryAt: number }
  | { type: 'stopped' }
  /** The server was asked how the last handshake had come. */
  | { type: 'diagnosed'; spoiled: readonly string[] | null }
  /** `now`: milliseconds since 1970 on this machine's clock. */
  | { type: 'frame'; frame: ServerFrame; now: number }
  | { type: 'said'; id: string; text: string }
  /** A socket took the line with this id. */
  | { type: 'handed-over'; id: string }
  | { type: 'taken-back'; id: string }
  /** Lines of this person that an earlier page had not got rid of. */
  | { type: 'adopted'; lines: readonly Pending[] }
  /** Another page has these now. */
  | { type: 'disowned'; ids: ReadonlySet<string> }
  | { type: 'older-asked' }
  /** Once a second: what counts only for a while is forgotten. */
  | { type: 'tick'; now: number };

/** What the user can do; `chat.js` does it. */
export interface Actions {
  enter(name: string): void;
  leave(): void;
  /** Whether the text was taken, to be sent now or as soon as that is possible; `false` leaves it in the box. */
  say(text: string): boolean;
  /** Says a line that is `unsure` or `refused` once more, under a new id. */
  sayAgain(id: string): void;
  takeBack(id: string): void;
  /** Keys are being pressed in the box. Tells the room, as often as is allowed. */
  typing(): void;
  /** The reader has come to the first line: asks for those before, if there are any. */
  askOlder(): void;
  /** Whether this tab is the one to notify: one of all that this person has open, and they look at none of them. */
  mayNotify(): boolean;
  retry(): void;
  chooseLanguage(language: Language): void;
}
