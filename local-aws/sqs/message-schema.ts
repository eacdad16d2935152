import * as z from 'zod';

/**
 * `visible` is the time when a message can be received next. `receipt` is the receipt handle of the last receive; each
 * receive sets a new one. It is random, so it cannot be guessed from another.
 */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queues (
    name TEXT PRIMARY KEY, attributes TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL REFERENCES queues (name),
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    sender TEXT NOT NULL,
    sent INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0,
    first_received INTEGER,
    receipt TEXT UNIQUE,
    dead_letter_source TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible, id);
`;

/** Rows as SQLite returns them. */
export const queueRow = z.object({
  name: z.string(),
  attributes: z.string(),
  created: z.number(),
  modified: z.number(),
});
export const messageRow = z.object({
  id: z.number(),
  message_id: z.string(),
  body: z.string(),
  attributes: z.string(),
  sender: z.string(),
  sent: z.number(),
  receive_count: z.number(),
  first_received: z.number().nullable(),
  dead_letter_source: z.string().nullable(),
});
export const numberRow = z.object({ value: z.number().nullable() });

export type MessageRow = z.output<typeof messageRow>;
