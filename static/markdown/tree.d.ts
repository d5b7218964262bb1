// What a text is made of, once it is read. Types only: nothing here reaches the browser.

import type { User } from '../types.d.ts';

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold'; children: Inline[] }
  | { kind: 'italic'; children: Inline[] }
  | { kind: 'code'; text: string }
  /** `address` is where it leads; `shown` is what a reader must see of it beside the label, if anything. */
  | { kind: 'link'; address: string; shown: string; children: Inline[] }
  | { kind: 'mention'; text: string; user: User };

export type Block =
  | { kind: 'lines'; children: Inline[] }
  | { kind: 'code-block'; info: string; text: string }
  | { kind: 'quote'; children: Block[] }
  /** Numbers as they were typed; `null` for a list with bullets. */
  | { kind: 'list'; items: { number: number | null; children: Block[] }[] };

/** Who is mentioned at `at`, where an `@` stands, and how many UTF-16 units the mention has. */
export type FindMention = (text: string, at: number) => { user: User; length: number } | null;
