/** Options of a worker. */
export interface WorkerOptions {
  readonly namespace: string;
  readonly handlerTimeout: number;
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly retention: number | undefined;
  readonly circuit: { readonly failures: number; readonly maxInterval: number };
}
