import { type Html, html } from "../../shared/html.ts";
import { codeView, copyButton } from "../shared/code-view.ts";
import { shellQuote } from "../shared/shell-quote.ts";

type Environment = Readonly<Record<string, string>>;

/** A program that calls the sandbox by the SDK. */
export const SDK_SNIPPET = `import { Enode } from "enode-sdk";

const enode = Enode.fromEnv();
for await (const vehicle of enode.vehicles.list()) {
  console.log(vehicle.userId, vehicle.information.model, vehicle.chargeState.batteryLevel);
}`;

/** Two lines for a shell: one fetches a token, the other calls the API. */
export function curlSnippet(env: Environment): string {
  const client = shellQuote(`${env["ENODE_CLIENT_ID"]}:${env["ENODE_CLIENT_SECRET"]}`);
  const token = shellQuote(`${env["ENODE_TOKEN_URL"]}`);
  const vehicles = shellQuote(`${env["ENODE_API_URL"]}/vehicles?pageSize=2`);
  return `TOKEN=$(curl -s -u ${client} -d grant_type=client_credentials ${token} | sed -n 's/.*"access_token": *"\\([^"]*\\)".*/\\1/p')
curl -s -H "Authorization: Bearer $TOKEN" ${vehicles}`;
}

/** Creates a webhook with the token of the other snippet. */
export function webhookSnippet(env: Environment): string {
  const secret = env["ENODE_WEBHOOK_SECRET"] ?? "a secret of your own, 32 characters or more";
  const body = { url: "http://127.0.0.1:3000/enode", secret, events: ["*"] };
  return `curl -s -H "Authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d ${shellQuote(JSON.stringify(body))} ${shellQuote(`${env["ENODE_API_URL"]}/webhooks`)}`;
}

/** Calls to begin with, ready to paste. */
export function firstCallView(env: Environment): Html {
  return html`<section class="panel" id="first-call" aria-labelledby="first-title">
<header><h2 id="first-title">First call</h2></header>
<h3>enode-sdk</h3>
${codeView("sdk-snippet", "A program with enode-sdk", SDK_SNIPPET)}
<p>${copyButton("sdk-snippet", "The program")}</p>
<h3>curl</h3>
${codeView("curl-snippet", "Commands of curl", curlSnippet(env))}
<p>${copyButton("curl-snippet", "The commands of curl")}</p></section>
<section class="panel" id="connect-webhook" aria-labelledby="webhook-title">
<header><h2 id="webhook-title">A webhook</h2></header>
<p>Name the address of your program, after the commands of curl above; or start the sandbox with <code>npx enode-sdk sandbox --webhook http://127.0.0.1:3000/enode</code>.</p>
${codeView("webhook-snippet", "Command that creates a webhook", webhookSnippet(env))}
<p>${copyButton("webhook-snippet", "The command")}</p></section>
<section class="panel" aria-labelledby="description-title">
<header><h2 id="description-title">The description of the API</h2></header>
<p><a href="/openapi.yaml">openapi.yaml</a> describes all operations. Hoppscotch, Bruno, Postman and Scalar import it by this address; their requests need the token of the commands above.</p></section>`;
}
