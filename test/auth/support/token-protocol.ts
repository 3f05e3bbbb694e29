/** Where the processes keep what they share. */
export type Engine =
  | { name: "sqlite"; path: string }
  | { name: "postgres"; url: string; schema: string }
  | { name: "redis"; url: string; prefix: string };

/** What a process is started with. */
export interface ChildOptions {
  engine: Engine;
  baseUrl: string;
  tokenUrl: string;
  /** By what the time of a lease is multiplied, so that a test need not wait for all of it. */
  leaseRate: number;
}

/** Makes one call, at a time that is ahead by so many ms. */
export interface ParentMessage {
  ahead: number;
}

/** A message of a process. */
export interface ChildMessage {
  ready?: true;
  done?: true;
  refreshed?: { source: string; background: boolean };
  failed?: string;
}
