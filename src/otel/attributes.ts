/**
 * Names of attributes: those of the semantic conventions where there is one, `enode.*` otherwise. Their values are of
 * small sets: names of the description, codes and counts. IDs of devices, users and deliveries are none of them, except
 * the hash that identifies an event.
 */
export const attribute = {
  method: "http.request.method",
  status: "http.response.status_code",
  resendCount: "http.request.resend_count",
  template: "url.template",
  serverAddress: "server.address",
  serverPort: "server.port",
  errorType: "error.type",
  functionName: "code.function.name",
  system: "messaging.system",
  operationName: "messaging.operation.name",
  operationType: "messaging.operation.type",
  destination: "messaging.destination.name",
  messageId: "messaging.message.id",
  batchSize: "messaging.batch.message_count",
  operation: "enode.operation",
  waited: "enode.wait.duration",
  retryDelay: "enode.retry.delay",
  tokenSource: "enode.token.source",
  inBackground: "enode.token.background",
  outcome: "enode.delivery.outcome",
  attempt: "enode.event.attempt",
  isDeadLetter: "enode.event.dead_letter",
  store: "enode.store.name",
  storeMethod: "enode.store.method",
  namespace: "enode.namespace",
} as const;
