// Sends a good delivery and a forged one to a URL; prints the status of each as JSON.
import { generateWebhookSecret, webhookRequest } from "enode-sdk/webhooks";

const [url, secret] = process.argv.slice(2);
const createdAt = new Date().toISOString();
const event = {
  event: "system:heartbeat",
  createdAt,
  version: "2024-10-01",
  pendingEvents: 0,
};

async function send(key) {
  const request = await webhookRequest([event], { secret: key });
  const response = await fetch(url, {
    method: "POST",
    headers: request.headers,
    body: await request.arrayBuffer(),
    signal: AbortSignal.timeout(20_000),
  });
  await response.arrayBuffer();
  return response.status;
}

console.log(JSON.stringify([await send(secret), await send(generateWebhookSecret())]));
