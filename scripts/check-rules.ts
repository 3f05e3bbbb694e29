/**
 * Proves that the rules of the pipeline are tested: takes them out of a copy of the source, one by
 * one, and runs the tests that should notice.
 *
 *     node scripts/check-rules.ts [--texts] [part of a rule's name]
 *
 * Exits 1 if a removal was not noticed, or if the text of a rule is no longer found in the source. With `--texts`
 * it only looks for the texts, which takes a second.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { transform } from "esbuild";
import { mirrorRules } from "./mirror-rules.ts";
import { storageRules } from "./storage-rules.ts";
import { webhookRules } from "./webhook-rules.ts";

/** A rule, the text that keeps it, and what the source says without it. */
export interface Rule {
  rule: string;
  file: string;
  find: string;
  replace: string;
  tests: string[];
}

const manager = "src/auth/token-manager.ts";
const shared = "src/auth/shared-token.lazy.ts";
const exchange = "src/auth/client-credentials.ts";
const sharedExchange = "src/auth/token-request.ts";
const tokenFailures = "src/core/token-failures.ts";
const failures = "src/core/failures.lazy.ts";
const transport = "src/core/transport.ts";
const limits = "src/core/rate-limits.ts";
const deadline = "src/core/deadline.ts";
const redaction = "src/shared/redaction.ts";
const actions = "src/resources/actions.ts";
const ensure = "src/resources/ensure-webhook.lazy.ts";

const rules: Rule[] = [
  // Tokens
  {
    rule: "concurrent callers share one token request",
    file: manager,
    find: "this.#request?.isUnderWay ? this.#request : this.#start(false)",
    replace: "this.#start(false)",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "a 401 invalidates only the token that was used",
    file: manager,
    find: "if (cached?.token !== token) return true;",
    replace: "if (cached === undefined) return true;",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "a refused token is not used again",
    file: manager,
    find: "cached.isRefused = true;",
    replace: "",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "a token is not used within 60 s of its end",
    file: manager,
    find: "if (now >= cached.staleAt) return undefined;",
    replace: "",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "a token is refreshed in the background",
    file: manager,
    find: "if (now >= cached.refreshAt) this.#refreshInBackground();",
    replace: "",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "one background refresh at a time",
    file: manager,
    find: "!this.#request?.isUnderWay && ",
    replace: "",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "a failed background refresh pauses the next",
    file: manager,
    find: "!isPaused && ",
    replace: "",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "a success resets the pause after background failures",
    file: manager,
    find: "this.#failurePause.end();\n    this.#cached",
    replace: "this.#cached",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "margins shrink for short-lived tokens",
    file: manager,
    find: "staleAt: expiresAt - Math.min(margin, lifetime / 2),",
    replace: "staleAt: expiresAt - margin,",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "a refused token is not taken from the store",
    file: manager,
    find: "token !== this.#refused && ",
    replace: "",
    tests: ["test/auth/token-store.test.ts"],
  },
  {
    rule: "the token that is to be replaced is not taken from the store",
    file: manager,
    find: "token !== this.#cached?.token && ",
    replace: "",
    tests: ["test/auth/token-store.test.ts"],
  },
  {
    rule: "an ending token is not taken from the store",
    file: shared,
    find: "isUsable(stored, isNew ? 0 : undefined)",
    replace: "true",
    tests: ["test/auth/shared-token.test.ts", "test/auth/token-store.test.ts"],
  },
  {
    rule: "the store is written only if it is unchanged",
    file: shared,
    find: "{ expiresAt, ifUnchanged: this.#last }",
    replace: "{ expiresAt }",
    tests: ["test/auth/shared-token.test.ts", "test/auth/token-store.test.ts"],
  },
  {
    rule: "a store that hangs is left",
    file: shared,
    find: "return await Promise.race([use(), timeout]);",
    replace: "return await use();",
    tests: ["test/auth/shared-token.test.ts", "test/auth/token-store.test.ts"],
  },
  {
    rule: "garbage of a store is not used",
    file: shared,
    find: "if (stored && !isStoredToken(stored)) {",
    replace: "if (stored && false) {",
    tests: ["test/auth/shared-token.test.ts", "test/auth/token-store.test.ts"],
  },
  {
    rule: "keys of the store name environment and client",
    file: "src/enode.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a text of the source.
    find: "return `${environment}:",
    replace: "return `:",
    tests: ["test/auth/token-store.test.ts"],
  },
  {
    rule: "the token answer is at most 1 MiB",
    file: exchange,
    find: "signal, maxAnswerBytes)",
    replace: "signal)",
    tests: ["test/auth/client-credentials.test.ts"],
  },
  {
    rule: "wrong credentials are not tried again",
    file: exchange,
    find: 'error.code === "token_unavailable"',
    replace: "true",
    tests: ["test/auth/client-credentials.test.ts"],
  },
  {
    rule: "a secret provider that hangs is left",
    file: exchange,
    find: "await deadline.run(async () => clientSecret())",
    replace: "await clientSecret()",
    tests: ["test/auth/client-credentials.test.ts"],
  },
  {
    rule: "a token is replaced once in a call",
    file: transport,
    find: "|| call.tokenReplaced) return answer;",
    replace: "|| call.context.attempts > 20) return answer;",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "an exchange whose request has ended is left",
    file: sharedExchange,
    find: "if (still === 2) die();\n        else timer",
    replace: "timer",
    tests: ["test/auth/token-request.test.ts"],
  },
  {
    rule: "an exchange ends with its last caller",
    file: sharedExchange,
    find: "          this.#controller.abort();\n",
    replace: "",
    tests: ["test/auth/token-request.test.ts"],
  },
  {
    rule: "an exchange goes on while somebody waits",
    file: sharedExchange,
    find: "if (--this.#callers > 0 || this.isBackground) return;",
    replace: "",
    tests: ["test/auth/token-request.test.ts", "test/auth/token-manager.test.ts"],
  },
  {
    rule: "a background exchange that fails does not fail who waits for it",
    file: manager,
    find: "outcome === undefined || exchange.isBackground",
    replace: "outcome === undefined",
    tests: ["test/auth/token-request.test.ts"],
  },
  {
    rule: "a late token does not replace a newer one",
    file: manager,
    find: "if (!isLate()) this.#adopt(own",
    replace: "this.#adopt(own",
    tests: ["test/auth/token-request.test.ts"],
  },
  {
    rule: "fresh tokens that are refused pause exchanges",
    file: manager,
    find: "if (!cached.isRefused) this.#refusalPause.extend();",
    replace: "",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "a refused client is asked for after a pause",
    file: manager,
    find: "else if (isRefusal || background)",
    replace: "else if (background)",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "what the token endpoint asks to wait binds all calls",
    file: manager,
    find: "this.#failure = isToWait || isRefusal ?",
    replace: "this.#failure = isRefusal ?",
    tests: ["test/auth/token-manager.test.ts"],
  },
  {
    rule: "only an answer of OAuth refuses the client",
    file: tokenFailures,
    find: "if (refusals.has(status) && error) {",
    replace: "if (refusals.has(status)) {",
    tests: ["test/auth/client-credentials.test.ts"],
  },
  // Replay
  {
    rule: "a command is not repeated after an answer other than 429",
    file: transport,
    find: "return error.status === 429 || (spec.replay === true && passing.has(error.status));",
    replace: "return passing.has(error.status);",
    tests: ["test/core/retry.test.ts"],
  },
  {
    rule: "a command is repeated after a 429",
    file: transport,
    find: "return error.status === 429 || (spec.replay === true",
    replace: "return (spec.replay === true",
    tests: ["test/core/retry.test.ts"],
  },
  {
    rule: "a command is not repeated after a reset",
    file: transport,
    find: "return spec.replay === true || error.beforeSend;",
    replace: "return true;",
    tests: ["test/core/retry.test.ts"],
  },
  {
    rule: "a command is repeated if nothing was sent",
    file: transport,
    find: "return spec.replay === true || error.beforeSend;",
    replace: "return spec.replay === true;",
    tests: ["test/core/retry.test.ts"],
  },
  {
    rule: 'a live connection that loses its route is not "never sent"',
    file: "src/runtime/connection-failure.ts",
    find: "(syscall === undefined ? connectingAlone.test(code) : connectCalls.test(String(syscall)))",
    replace: "/UNREACH|REFUSED|ENOTFOUND|AGAIN/.test(code)",
    tests: ["test/runtime/connection-failure.test.ts"],
  },
  {
    rule: "of addresses side by side all must have failed before sending",
    file: "src/runtime/connection-failure.ts",
    find: "each.find(({ beforeSend }) => !beforeSend) ?? ",
    replace: "",
    tests: ["test/runtime/connection-failure.test.ts"],
  },
  {
    rule: "a command is not repeated after a time-out",
    file: transport,
    find: 'error.code === "attempt_timeout" && spec.replay === true',
    replace: 'error.code === "attempt_timeout"',
    tests: ["test/core/retry.test.ts"],
  },
  {
    rule: "maxRetries 0 means none",
    file: "src/core/retry.ts",
    find: "policy.maxRetries > 0 &&",
    replace: "",
    tests: ["test/core/retry.test.ts"],
  },
  {
    rule: "back-off has full jitter",
    file: "src/core/retry.ts",
    find: "return Math.random() * Math.min",
    replace: "return Math.min",
    tests: ["test/core/retry.test.ts"],
  },
  {
    rule: "back-off has an upper bound",
    file: "src/core/retry.ts",
    find: "Math.min(8_000, 500 * 2 ** (retry - 1))",
    replace: "(500 * 2 ** (retry - 1))",
    tests: ["test/core/retry.test.ts"],
  },
  {
    rule: "Retry-After is obeyed",
    file: transport,
    find: "Math.ceil(Math.max(asked, pause",
    replace: "Math.ceil(Math.max(0, pause",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "a wait beyond the deadline is not begun",
    file: transport,
    find: "if (delayMs >= call.deadline.remaining) return false;",
    replace: "",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "only an HTTP date is one",
    file: "src/core/retry-after.ts",
    find: "httpDate.test(value)",
    replace: "true",
    tests: ["test/core/retry-after.test.ts"],
  },
  {
    rule: "a 429 slows the calls to what was refused",
    file: limits,
    find: "for (const scope of scopes) {\n        const gate",
    replace: "for (const scope of scopes.slice(1)) {\n        const gate",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "one refusal slows no others",
    file: limits,
    find: "if (level > 0 && !isWide(recent, level - 1)) return;",
    replace: "",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "refusals of several resources slow their operation",
    file: limits,
    find: "if (level > 0 && !isWide(",
    replace: "if (level === 1 || !isWide(",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "refusals of several operations slow the client",
    file: limits,
    find: "if (level > 0 && !isWide(",
    replace: "if (level > 1 || !isWide(",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "few refusals among many answers slow no others",
    file: limits,
    find: "refusals.length >= answers.length * considerable &&",
    replace: "",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "refusals of one device with several operations slow no others",
    file: limits,
    find: "count(0) >= fewestResources &&",
    replace: "",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "refusals of one operation do not slow the client",
    file: limits,
    find: "count(parts) > 1",
    replace: "true",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "refusals far apart slow no others",
    file: limits,
    find: " && at - each.at < window",
    replace: "",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "a call that waited for its place obeys refusals of the meantime",
    file: transport,
    find: "if (this.#limits?.haveTightened(call.scopes, passedAt)) continue;",
    replace: "",
    tests: ["test/core/herd.test.ts"],
  },
  {
    rule: "the gate closes for 60 s at most",
    file: "src/core/pace.ts",
    find: "Math.min(pause, longestPause)",
    replace: "pause",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "a call without time to wait for the gate is refused",
    file: limits,
    find: "if (pause > 0 && pause >= deadline.remaining) throw",
    replace: "if (pause < 0) throw",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "after a 429 calls go out as a ramp",
    file: "src/core/pace.ts",
    find: "    if (this.#rate > 0) this.#nextAt =",
    replace: "    if (this.#rate < 0) this.#nextAt =",
    tests: ["test/core/herd.test.ts"],
  },
  {
    rule: "a refusal for rate uses up no repetition",
    file: transport,
    find: "        isUncounted: isRefusedForRate,\n",
    replace: "",
    tests: ["test/core/rate-limit.test.ts"],
  },
  {
    rule: "requests in flight are bounded",
    file: "src/core/concurrency-limiter.ts",
    find: " || this.#places.size >= mostInFlight",
    replace: "",
    tests: ["test/core/concurrency-limiter.test.ts"],
  },
  {
    rule: "a burst begins with 64 requests",
    file: "src/core/concurrency-limiter.ts",
    find: "young >= this.#limit || ",
    replace: "",
    tests: ["test/core/concurrency-limiter.test.ts"],
  },
  {
    rule: "slow requests do not count for a burst",
    file: "src/core/concurrency-limiter.ts",
    find: "else if (now - place.sentAt < patience) young++;",
    replace: "else young++;",
    tests: ["test/core/concurrency-limiter.test.ts"],
  },
  {
    rule: "a place of a request that is gone is taken back",
    file: "src/core/concurrency-limiter.ts",
    find: "if (place.until < now) this.#places",
    replace: "if (place.until < 0) this.#places",
    tests: ["test/core/concurrency-limiter.test.ts"],
  },
  {
    rule: "a call that is gone holds up no other",
    file: "src/core/wait-queue.ts",
    find: "if (now <= first.due + grace) return",
    replace: "if (now > 0) return",
    tests: ["test/core/concurrency-limiter.test.ts"],
  },
  {
    rule: "what a server says is cut in messages of errors",
    file: failures,
    find: "        .map(shorten)\n",
    replace: "",
    tests: ["test/core/response.test.ts"],
  },
  // Deadline, time-out, signal
  {
    rule: "the deadline ends every phase",
    file: deadline,
    find: "setTimeout(() => leave(this.#exceeded(awaited)), remaining)",
    replace: "undefined",
    tests: ["test/core/deadline.test.ts"],
  },
  {
    rule: "an attempt has a time-out",
    file: transport,
    find: "        call.timeout,\n",
    replace: "",
    tests: ["test/core/deadline.test.ts"],
  },
  {
    rule: "the time-out covers the body",
    file: "src/core/http-client.ts",
    find: "return { response, text: await readText(response, maxBytes) };",
    replace:
      'return { response, text: await Promise.race([readText(response, maxBytes), Promise.resolve().then(() => new Promise<string>((resolve) => setImmediate(resolve, "{}")))]) };',
    tests: ["test/core/deadline.test.ts"],
  },
  {
    rule: "the deadline covers the wait for a token",
    file: manager,
    find: "(signal) => exchange.wait(signal),",
    replace: "() => exchange.wait(new AbortController().signal),",
    tests: ["test/core/deadline.test.ts"],
  },
  {
    rule: "work that is left is told",
    file: deadline,
    find: "        controller.abort();\n",
    replace: "",
    tests: ["test/core/deadline.test.ts"],
  },
  {
    rule: "no timer outlives its phase",
    file: deadline,
    find: "        clearTimeout(timer);\n",
    replace: "",
    tests: ["test/core/deadline.test.ts"],
  },
  {
    rule: "the process can end after the last call",
    file: deadline,
    find: "        clearTimeout(timer);\n",
    replace: "",
    tests: ["test/core/exit.test.ts"],
  },
  {
    rule: "a signal that has fired lets nothing be sent",
    file: transport,
    find: "      call.deadline.throwIfAborted();\n",
    replace: "",
    tests: ["test/core/abort.test.ts"],
  },
  {
    rule: "a signal that has fired lets no phase begin",
    file: deadline,
    find: "    if (caller?.aborted) return Promise.reject(this.#aborted(caller));\n",
    replace: "",
    tests: ["test/core/deadline.test.ts"],
  },
  {
    rule: "a signal ends a call under way",
    file: deadline,
    find: 'caller?.addEventListener("abort", onAbort);',
    replace: "",
    tests: ["test/core/abort.test.ts"],
  },
  {
    rule: "no listener stays on the caller's signal",
    file: deadline,
    find: '        caller?.removeEventListener("abort", onAbort);\n',
    replace: "",
    tests: ["test/core/abort.test.ts"],
  },
  // Headers and addresses
  {
    rule: "redirects are not followed",
    file: "src/core/http-client.ts",
    find: 'redirect: "manual",',
    replace: "",
    tests: ["test/core/request/headers.test.ts"],
  },
  {
    rule: "extra headers may not replace Authorization",
    file: "src/core/request/headers.ts",
    find: "^(authorization|",
    replace: "^(",
    tests: ["test/core/request/headers.test.ts"],
  },
  {
    rule: "names of headers are compared in any case",
    file: "src/core/request/headers.ts",
    find: "reserved.test(lower)",
    replace: "reserved.test(name)",
    tests: ["test/core/request/headers.test.ts"],
  },
  {
    rule: "a header of a call replaces that of the client",
    file: "src/core/request/headers.ts",
    find: "checked[lower] = value;",
    replace: "checked[name] = value;",
    tests: ["test/core/request/headers.test.ts"],
  },
  {
    rule: "addresses are https, or this machine",
    file: "src/core/request/checks.ts",
    find: "/^127(\\.\\d{1,3}){3}$/.test(hostname)",
    replace: "true",
    tests: ["test/core/resolve-options.test.ts"],
  },
  {
    rule: "environments are not mixed up",
    file: "src/core/resolve-options.ts",
    find: "if (url.host.endsWith(domainOf(other))) {",
    replace: "if (url.host === domainOf(other)) {",
    tests: ["test/core/resolve-options.test.ts"],
  },
  {
    rule: "an ID is encoded as one segment",
    file: "src/core/request/checks.ts",
    find: "return encodeURIComponent(value);",
    replace: "return encodeURI(String(value));",
    tests: ["test/core/request/path.test.ts"],
  },
  {
    rule: "an ID is neither . nor ..",
    file: "src/core/request/path.ts",
    find: 'if (value === "." || value === "..") {',
    replace: 'if (value === "\\n") {',
    tests: ["test/core/request/path.test.ts"],
  },
  {
    rule: "browsers are refused",
    file: "src/enode.ts",
    find: "    checkRuntime();\n",
    replace: "",
    tests: ["test/runtime/user-agent.test.ts"],
  },
  // Answers
  {
    rule: "a 409 on cancelling gives the action",
    file: "src/core/response.ts",
    find: "return isRecord(result) && !isProblem(result);",
    replace: "return false;",
    tests: ["test/core/response.test.ts"],
  },
  {
    rule: "a 409 with a problem is an error",
    file: "src/core/response.ts",
    find: "isRecord(result) && !isProblem(result)",
    replace: "isRecord(result)",
    tests: ["test/core/response.test.ts"],
  },
  {
    rule: "a success must be JSON by its type",
    file: "src/core/response.ts",
    find: "if (contentType === null || ",
    replace: "if (contentType !== null || ",
    tests: ["test/core/response.test.ts"],
  },
  {
    rule: "a page of a proxy is no deletion",
    file: "src/core/response.ts",
    find: 'if (text.trim() !== "") {',
    replace: 'if (text.trim() === "x") {',
    tests: ["test/core/response.test.ts"],
  },
  {
    rule: "nothing is no record",
    file: "src/core/response.ts",
    find: "if (status === 204) throw",
    replace: "if (status === 999) throw",
    tests: ["test/core/response.test.ts"],
  },
  {
    rule: "a deletion whose first answer got lost is done",
    file: transport,
    find: "call.mayBeDone ||= isOutcomeUnknown(error);",
    replace: "",
    tests: ["test/core/response.test.ts"],
  },
  {
    rule: "a 404 of a proxy is no deletion",
    file: "src/core/response.ts",
    find: ' && (text === "" || typeof parseJson(text) === "object")',
    replace: "",
    tests: ["test/core/response.test.ts"],
  },
  {
    rule: "answers are bounded once decompressed",
    file: "src/core/http-client.ts",
    find: "if (bytes > limit) throw",
    replace: "if (bytes < 0) throw",
    tests: ["test/core/http-client.test.ts"],
  },
  {
    rule: "guards know errors of other copies",
    file: "src/errors/index.ts",
    find: 'Symbol.for("enode-sdk.error.kinds")',
    replace: "Symbol()",
    tests: ["test/errors/errors.test.ts"],
  },
  // Redaction
  {
    rule: "problems are redacted",
    file: failures,
    find: "redactDeep(parsed, secrets)",
    replace: "parsed",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "causes of failed connections are redacted",
    file: failures,
    find: "const cause = redactCause(error, hidden);",
    replace: "const cause = error as Error;",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "secrets are known in all encodings",
    file: redaction,
    find: "[secret, base64, base64url].flatMap",
    replace: "[secret].flatMap",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "secrets are known joined with the client ID",
    file: exchange,
    find: "this.#secrets = [secret, pair,",
    replace: "this.#secrets = [secret]; [pair,",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "a token stays secret after it was replaced",
    file: transport,
    find: "return [...this.#tokens.secrets, ...call.secretsSent];",
    replace: "return this.#tokens.secrets;",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "errors of the host's own code are outlined: secret",
    file: exchange,
    find: "const { outlineCause } = await failures();",
    replace: "const { redactCause: outlineCause } = await failures();",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "errors of the host's own code are outlined: store",
    file: manager,
    find: "outlineCause(error, this.secrets)",
    replace: "redactCause(error, this.secrets)",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "errors of the host's own code are outlined: provider",
    file: "src/auth/token-provider.ts",
    find: "cause: outlineCause(error, []),",
    replace: "cause: error,",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "only known codes of OAuth are quoted",
    file: tokenFailures,
    find: "oauthErrors.test(error) ?",
    replace: "error ?",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "user IDs stay out of errors",
    file: "src/core/http-client.ts",
    find: "known ? error.cause : error",
    replace: "error",
    tests: ["test/core/response.test.ts"],
  },
  // Webhooks kept in force
  {
    rule: "half a surrogate pair is refused",
    file: "src/core/request/checks.ts",
    find: "if (String(value).isWellFormed()) return",
    replace: "return",
    tests: ["test/core/request/path.test.ts", "test/core/request/query.test.ts"],
  },
  {
    rule: "ensure: addresses are compared once parsed",
    file: ensure,
    find: "new URL(webhook.url).href === href",
    replace: "webhook.url === href",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: an address that is none is passed over",
    file: ensure,
    find: "URL.canParse(webhook.url) && ",
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: foreign addresses are left alone",
    file: ensure,
    find: "URL.canParse(webhook.url) && new URL(webhook.url).href === href",
    replace: "URL.canParse(webhook.url)",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: after a create it looks again",
    file: ensure,
    find: "(await find()).filter(({ id }) => id !== made.id)",
    replace: "([] as Webhook[])",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: a lagging list makes no second webhook",
    file: ensure,
    find: "found = [made, ...(await find()).filter(({ id }) => id !== made.id)];",
    replace: "found = await find();",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: a create alone needs no update",
    file: ensure,
    find: "if (found.length === 1) return made;",
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: only what may have made one is looked into",
    file: ensure,
    find: "if (!mayHaveOne.has(error.code)) throw error;",
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: another server may be first, 400",
    file: ensure,
    find: '  "bad_request",\n',
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: another server may be first, 409",
    file: ensure,
    find: '  "conflict",\n',
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: an answer may be lost by a reset",
    file: ensure,
    find: '  "connection_failed",\n',
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: an answer may be lost by a time-out",
    file: ensure,
    find: '  "attempt_timeout",\n',
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: an answer may be lost by a 5xx",
    file: ensure,
    find: '  "server_error",\n',
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: a create that made nothing fails",
    file: ensure,
    find: "if (found.length === 0) throw error;",
    replace: "if (found.length === 0) return;",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: the failure of the create is the one told",
    file: ensure,
    find: 'throw second.code === "aborted" ? second : error;',
    replace: "throw second;",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: a signal is told as such",
    file: ensure,
    find: 'throw second.code === "aborted" ? second : error;',
    replace: "throw error;",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: the oldest is kept",
    file: ensure,
    find: "age(b) < age(a) ? b : a",
    replace: "a",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: each server chooses alike",
    file: ensure,
    find: "age(b) < age(a) ? b : a",
    replace: "b.createdAt < a.createdAt ? b : a",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: others are deleted",
    file: ensure,
    find: "if (id !== kept.id) await deleteIfThere(webhooks, id);",
    replace: "continue;",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: one deleted already is no failure",
    file: ensure,
    find: "    if (!isMissing(error)) throw error;\n",
    replace: "    throw error;\n",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: one that cannot be deleted is a failure",
    file: ensure,
    find: "    if (!isMissing(error)) throw error;\n",
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: one that vanished is made anew",
    file: ensure,
    find: "!isMissing(error) || round === maxRounds",
    replace: "round > 0",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: it does not begin anew without end",
    file: ensure,
    find: "|| round === maxRounds",
    replace: "|| round === Infinity",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: what is left out is set to all events",
    file: ensure,
    find: 'events = ["*"]',
    replace: "events = [] as never",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: the version of the types is set",
    file: ensure,
    find: "apiVersion = ours",
    replace: "apiVersion = null",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: an old header is taken away",
    file: ensure,
    find: "authentication: authentication ?? null",
    replace: "...(authentication && { authentication })",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: a secret has no white space at its ends",
    file: ensure,
    find: "/^\\S.{4,254}\\S$/su",
    replace: "/^.{6,256}$/su",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: a secret has 6 to 256 characters",
    file: ensure,
    find: "/^\\S.{4,254}\\S$/su",
    replace: "/^\\S.*\\S$/su",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: a secret is a string",
    file: ensure,
    find: 'typeof secret !== "string" || ',
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: a list of events is not empty",
    file: ensure,
    find: " || events.length === 0",
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: one deadline covers all of it",
    file: "src/core/budget.ts",
    find: "Math.max(1, endsAt - performance.now())",
    replace: "deadline",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: options are checked",
    file: "src/resources/webhooks.ts",
    find: "    checkRequestOptions(options);\n",
    replace: "",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "ensure: each request has the options of the call",
    file: "src/resources/webhooks.ts",
    find: "api.request(operation, input, budget())",
    replace: "api.request(operation, input)",
    tests: ["test/resources/webhooks.test.ts"],
  },
  {
    rule: "secrets of a webhook are redacted",
    file: transport,
    find: "secretsSent: secretsIn(input.body),",
    replace: "secretsSent: [],",
    tests: ["test/core/privacy.test.ts"],
  },
  {
    rule: "secrets of a webhook are redacted in request IDs",
    file: transport,
    find: "call.secretsSent.length > 1 || ",
    replace: "",
    tests: ["test/core/privacy.test.ts"],
  },
  // Waiting for actions
  {
    rule: "wait: an event ends it",
    file: actions,
    find: "if (watch.ended) stop.abort();",
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: events of other actions say nothing",
    file: actions,
    find: "vendorAction?.id !== watch.actionId || ",
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: events of other users say nothing in a scope",
    file: actions,
    find: " || (userId ?? user?.id) !== user?.id",
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: late news say nothing",
    file: actions,
    find: "    if (this.ended) return;\n",
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: the end is told though its poll was aborted",
    file: actions,
    find: "          if (watch.ended) break;\n",
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: no handler is left",
    file: actions,
    find: "      unsubscribe?.();\n",
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: no listener is left",
    file: actions,
    find: '      signal?.removeEventListener("abort", onAbort);\n',
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: the caller's signal ends it",
    file: actions,
    find: '    signal?.addEventListener("abort", onAbort);\n',
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: a signal that has fired ends it",
    file: actions,
    find: "    if (signal?.aborted) onAbort();\n",
    replace: "",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: the reason of the signal is passed on",
    file: actions,
    find: "stop.abort(signal?.reason)",
    replace: "stop.abort()",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: polls end with it",
    file: actions,
    find: "signal: stop.signal, deadline",
    replace: "deadline",
    tests: ["test/resources/actions.test.ts"],
  },
  {
    rule: "wait: a receiver has the method on",
    file: actions,
    find: 'typeof receiver?.on !== "function"',
    replace: "receiver === true",
    tests: ["test/resources/actions.test.ts"],
  },
  // Hooks and logs
  {
    rule: "a hook that throws breaks no call",
    file: "src/core/telemetry.ts",
    find: "    } catch {\n      report();\n    }",
    replace: "    } finally {}",
    tests: ["test/core/telemetry.test.ts"],
  },
  {
    rule: "a hook that rejects breaks nothing",
    file: "src/core/telemetry.ts",
    find: "Promise.resolve(callback()).catch(report);",
    replace: "callback();",
    tests: ["test/core/telemetry.test.ts"],
  },
  {
    rule: "pino gets its fields first",
    file: "src/core/telemetry.ts",
    find: '"bindings" in logger',
    replace: "false",
    tests: ["test/core/telemetry.test.ts"],
  },
  // Mirror
  {
    rule: "later news of a user who was gone is held against Enode",
    file: "src/mirror/ingest/record-writer.ts",
    find: "if (unsure.size > 0) {",
    replace: "if (unsure.size < 0) {",
    tests: ["test/mirror/ingest/event-applier.test.ts"],
  },
  ...mirrorRules,
  ...webhookRules,
  ...storageRules,
];

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = join("node_modules", "vitest", "vitest.mjs");
/** For one run of the tests. A removal can make them hang, which is noticed too. */
const timeLimit = 180_000;

const { values, positionals } = parseArgs({
  options: { texts: { type: "boolean", default: false } },
  allowPositionals: true,
});
const chosen = rules.filter(({ rule }) => rule.includes(positionals[0] ?? ""));

const removals = await Promise.all(chosen.map(async (rule) => ({ rule, ...(await remove(rule)) })));
const stale = removals.filter(({ fault }) => fault !== undefined);
for (const { rule, fault } of stale) console.log(`${fault}  ${rule.rule}  (${rule.file})`);
if (values.texts) {
  console.log(
    `${chosen.length - stale.length} of ${chosen.length} rules are where they are quoted.`,
  );
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  await runAll();
}

/** Takes every rule out, one after the other, and runs its tests. */
async function runAll(): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), "check-rules-"));
  try {
    for (const part of [
      "src",
      "generated",
      "openapi",
      "test",
      "package.json",
      "tsconfig.json",
      "vitest.config.ts",
    ]) {
      await cp(join(root, part), join(copy, part), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));

    const tests = [...new Set(chosen.flatMap((rule) => rule.tests))];
    if (!(await passes(copy, tests))) {
      throw new Error("The tests fail on the source as it is, so they can tell nothing.");
    }
    let noticed = 0;
    for (const { rule, source, without } of removals) {
      if (without === undefined) continue;
      const path = join(copy, rule.file);
      await writeFile(path, without);
      const survived = await passes(copy, rule.tests);
      await writeFile(path, source);
      if (!survived) noticed++;
      console.log(`${survived ? "SURVIVED" : "noticed "}  ${rule.rule}  (${rule.file})`);
    }
    console.log(`\n${noticed} of ${chosen.length} removals were noticed.`);
    process.exitCode = noticed === chosen.length ? 0 : 1;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** The source of a rule as it is and without the rule, or what is wrong with the quote. */
async function remove({
  file,
  find,
  replace,
}: Rule): Promise<{ source: string; without?: string; fault?: string }> {
  const source = await readFile(join(root, file), "utf8");
  if (source.split(find).length !== 2) return { source, fault: "NOT FOUND" };
  // As a function, so that no $ in the text has a meaning.
  const without = source.replace(find, () => replace);
  try {
    // What does not even parse would fail any test.
    await transform(without, { loader: "ts" });
  } catch {
    return { source, fault: "NO SYNTAX" };
  }
  return { source, without };
}

function passes(copy: string, tests: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      // Without a rule many a test hangs: that is noticed soon enough.
      [vitest, "run", "--bail=1", "--reporter=dot", "--testTimeout=10000", ...tests],
      { cwd: copy, timeout: timeLimit, maxBuffer: 2 ** 28 },
      (error) => resolve(error === null),
    );
  });
}
