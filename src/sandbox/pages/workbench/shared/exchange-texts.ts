import type { RecordedExchange } from "../../../shared/recordings.ts";

/** The texts of an exchange in which a filter searches. */
export function textsOf(exchange: RecordedExchange | undefined): string[] {
  if (exchange === undefined) return [];
  const { url, request, response } = exchange;
  const messages = response === null ? [request] : [request, response];
  return [
    url,
    ...messages.flatMap(({ headers, body }) => [
      ...headers.map(([name, value]) => `${name}: ${value}`),
      body ?? "",
    ]),
  ];
}
