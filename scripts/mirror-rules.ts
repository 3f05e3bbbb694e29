import type { Rule } from "./check-rules.ts";

const narrowing = ["test/shared/narrowing.test.ts"];
const late = ["test/mirror/outlives-requests.test.ts"];
const clock = ["test/mirror/model/enode-clock.test.ts"];
const erasure = ["test/mirror/erasure.test.ts"];
const held = ["test/identity/host-users-held.test.ts"];
const attach = ["test/mirror/attach.test.ts"];
const scope = ["test/scope/user-scope.test.ts"];

function rule(name: string, file: string, find: string, replace: string, tests: string[]): Rule {
  return { rule: `kept: ${name}`, file: `src/${file}`, find, replace, tests };
}

/** Rules of the mirror, the activity and users by the host's own IDs: without them data is lost or mixed up. */
export const mirrorRules: Rule[] = [
  rule(
    "a selection that is there and undefined is refused",
    "shared/narrowing.ts",
    "if (name in selection) checkText",
    "if (selection[name as never] !== undefined) checkText",
    narrowing,
  ),
  rule(
    "a query parameter that selects is never blank",
    "core/request/query.ts",
    "if (narrowing.includes(name) && ",
    "if (name === undefined && ",
    narrowing,
  ),
  rule(
    "a query parameter that there is not is refused though it is undefined",
    "core/request/query.ts",
    "    if (known.includes(name)) continue;",
    "    if (known.includes(name) || Reflect.get(values, name) === undefined) continue;",
    ["test/core/request/query.test.ts"],
  ),
  rule(
    "kinds that got lost are not all kinds",
    "mirror/sync/lister.ts",
    '"kinds" in options ? options.kinds : syncKinds',
    "options.kinds ?? syncKinds",
    narrowing,
  ),
  rule(
    "a kind that got lost does not disconnect the whole vendor",
    "resources/users.ts",
    "rest.length === 0 || ",
    "first === undefined || ",
    narrowing,
  ),
  rule(
    "a blank user of a scope is nobody",
    "scope/scoped-requester.ts",
    'foundLater = "\\0"',
    'foundLater = ""',
    narrowing,
  ),
  rule(
    "a receiver with a store has the namespace of the client",
    "webhooks/receiver/claim-receiver.ts",
    'receiver.namespace === "default" && receiver.hasStore && ',
    "receiver.namespace === undefined && ",
    attach,
  ),
  rule(
    "a receiver serves one client",
    "webhooks/receiver/claim-receiver.ts",
    "owner.attached > 0 && ",
    "owner.attached < 0 && ",
    attach,
  ),
  rule(
    "a scope that is held asks again",
    "scope/scoped-requester.ts",
    "    if (this.#locate) {",
    '    if (this.#locate && userId === "") {',
    held,
  ),
  rule(
    "a session that was made meanwhile brings no erased user back",
    "identity/host-users.lazy.ts",
    "    await this.#undoIfErased(hostUserId, userId);\n    return linked;",
    "    return linked;",
    held,
  ),
  rule(
    "a session whose answer got lost brings no erased user back",
    "identity/host-users.lazy.ts",
    "if (mayHaveBegun(error)) await",
    "if (error === undefined) await",
    held,
  ),
  rule(
    "nothing takes the place of the mark of an erased user",
    "mirror/ingest/record-writer.ts",
    "users.filter(({ id }) => isErasure(known.get(id)))",
    "[]",
    [...erasure, ...clock],
  ),
  rule(
    "the mark of an erased user is later than all news on its way",
    "identity/erasure.lazy.ts",
    "now + beyondNews, ",
    "now, ",
    ["test/identity/erasure.test.ts"],
  ),
  rule(
    "a failed event of an erased user leaves no dead letter",
    "webhooks/receiver/event-dispatcher.ts",
    "if (await isMoot(this.#isMoot, value, error, endsAt)) return;",
    "",
    erasure,
  ),
  rule(
    "what a store has not taken comes again though its user was erased",
    "mirror/mirror.ts",
    "!isStoreError(error) &&",
    "",
    ["test/mirror/ingest/event-applier.test.ts"],
  ),
  rule(
    "nothing is noted of an erased user",
    "activity/recorder.ts",
    "all.filter(({ userId }) => !erased.has(userId))",
    "all",
    erasure,
  ),
  rule(
    "what was noted while a user was erased is removed again",
    "activity/recorder.ts",
    "    await this.#removeErased(users).catch(report);\n",
    "",
    erasure,
  ),
  rule(
    "users that could not be looked up are looked up later",
    "activity/recorder.ts",
    "new Set([...this.#unchecked].slice",
    "new Set([...written].slice",
    erasure,
  ),
  rule(
    "an event from the future is dated as of now",
    "mirror/model/enode-clock.ts",
    "time > latest ? now : time",
    "time",
    clock,
  ),
  rule(
    "Enode is asked whose clock is wrong",
    "mirror/model/enode-clock.ts",
    "      await this.#ask();\n",
    "",
    clock,
  ),
  rule(
    "a time in the future is lowered",
    "mirror/sync/reconcile.ts",
    "writer.keep(page.records, syncTimeout, { inPlaceOf })",
    "writer.keep(page.records, syncTimeout)",
    clock,
  ),
  rule(
    "what is dated in the future and gone is found",
    "mirror/sync/reconcile.ts",
    " || this.#isAhead(before);\n      });",
    ";\n      });",
    clock,
  ),
  rule(
    "a write whose request has ended is made again",
    "activity/write-behind.ts",
    "if (this.#writing && hasDied(this.#writing.begunAt)) this.#abandon(this.#writing);",
    "",
    late,
  ),
  rule(
    "a timer whose request has ended is set again",
    "activity/write-behind.ts",
    "this.#timer === undefined || hasDied(this.#dueAt)",
    "this.#timer === undefined",
    late,
  ),
  rule(
    "a flush does not wait for a write whose request has ended",
    "activity/write-behind.ts",
    "        this.#abandon(others);\n",
    "",
    late,
  ),
  rule(
    "a read whose request has ended is not waited for",
    "mirror/ingest/user-reader.ts",
    "return withFallback(flight.next.work, 2 * longest, () => this.#readNow(userId, since));",
    "return flight.next.work;",
    late,
  ),
  rule(
    "what serves many callers runs in the context of none",
    "runtime/async-context.ts",
    "hooks?.AsyncLocalStorage?.snapshot?.() ?? ",
    "hooks && ",
    late,
  ),
  rule(
    "a wait for an action of somebody else ends at once",
    "resources/actions.ts",
    " || this.#isForeign(watch, error)",
    "",
    scope,
  ),
  rule(
    "a scope sends no read for a query that cannot be",
    "scope/ownership.lazy.ts",
    "    buildQuery(known, input.query as QueryValues | undefined);\n",
    "",
    narrowing,
  ),
];
