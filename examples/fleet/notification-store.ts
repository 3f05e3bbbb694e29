// The one table of the app's own: what its users were told.
import type { DatabaseSync } from "node:sqlite";
import type { Pool } from "pg";

/** What a user is told. */
export interface NewNotification {
  /** Made of what it is about, so that an event that is handled twice notifies once. */
  readonly key: string;
  /** Namespace of the Enode client: nothing of another environment is shown. */
  readonly namespace: string;
  /** ID of the user at Enode. */
  readonly userId: string;
  readonly at: Date;
  readonly tone: "good" | "bad";
  readonly text: string;
  /** Where the user can do something about it. */
  readonly link: string;
}

/** A notification that is kept. */
export interface Notification extends NewNotification {
  /** Grows with each one, so that a browser that was away can ask for what it has missed. */
  readonly id: number;
}

/** Keeps notifications. */
export interface NotificationStore {
  /** Keeps one, unless it is known by its key. */
  add(notification: NewNotification): Promise<void>;
  /** The latest 50 of a user, newest first. */
  latest(namespace: string, userId: string): Promise<Notification[]>;
}

const TABLE = (id: string) => `CREATE TABLE IF NOT EXISTS fleet_notifications (
  id ${id}, key TEXT NOT NULL, namespace TEXT NOT NULL, user_id TEXT NOT NULL, at TEXT NOT NULL,
  tone TEXT NOT NULL, text TEXT NOT NULL, link TEXT NOT NULL, UNIQUE (namespace, user_id, key))`;
const COLUMNS = "key, namespace, user_id, at, tone, text, link";
const LATEST = "ORDER BY id DESC LIMIT 50";

/** Notifications in PostgreSQL. */
export async function postgresNotifications(pool: Pool): Promise<NotificationStore> {
  await pool.query(TABLE("BIGSERIAL PRIMARY KEY"));
  return {
    async add(notification) {
      await pool.query(
        `INSERT INTO fleet_notifications (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT DO NOTHING`,
        valuesOf(notification),
      );
    },
    async latest(namespace, userId) {
      const { rows } = await pool.query(
        `SELECT * FROM fleet_notifications WHERE namespace = $1 AND user_id = $2 ${LATEST}`,
        [namespace, userId],
      );
      return rows.map(notificationOf);
    },
  };
}

/** Notifications in SQLite. */
export function sqliteNotifications(database: DatabaseSync): NotificationStore {
  database.exec("PRAGMA busy_timeout = 3000");
  database.exec(TABLE("INTEGER PRIMARY KEY AUTOINCREMENT"));
  const insert = database.prepare(
    `INSERT OR IGNORE INTO fleet_notifications (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare(
    `SELECT * FROM fleet_notifications WHERE namespace = ? AND user_id = ? ${LATEST}`,
  );
  return {
    async add(notification) {
      insert.run(...valuesOf(notification));
    },
    async latest(namespace, userId) {
      return select.all(namespace, userId).map(notificationOf);
    },
  };
}

function valuesOf(notification: NewNotification): string[] {
  const { key, namespace, userId, at, tone, text, link } = notification;
  return [key, namespace, userId, at.toISOString(), tone, text, link];
}

function notificationOf(row: Record<string, unknown>): Notification {
  const { id, key, namespace, user_id: userId, at, tone, text, link } = row;
  return {
    id: Number(id),
    key: String(key),
    namespace: String(namespace),
    userId: String(userId),
    at: new Date(String(at)),
    tone: tone === "bad" ? "bad" : "good",
    text: String(text),
    link: String(link),
  };
}
