/**
 * Loads what the library loads only when it needs it, for tests whose clock is fake: what is loaded in the middle of
 * such a test waits for no clock of it, and on a busy machine comes after the time that it was needed at.
 */
import "../../src/auth/shared-token.lazy.ts";
import "../../src/core/failures.lazy.ts";
import "../../src/core/host-limits.lazy.ts";
import "../../src/core/response-validation.lazy.ts";
import "../../src/identity/erasure.lazy.ts";
import "../../src/identity/host-users.lazy.ts";
import "../../src/identity/store-call.lazy.ts";
import "../../src/resources/ensure-webhook.lazy.ts";
import "../../src/scope/ownership.lazy.ts";
import "../../src/webhooks/receiver/dispatch/batch-queue.lazy.ts";
import "../../src/webhooks/receiver/dispatch/moot-check.lazy.ts";
import "../../src/webhooks/receiver/inline-processor.lazy.ts";
import "../../src/webhooks/receiver/intake/secrets.lazy.ts";
import "../../src/webhooks/receiver/shared/host-failures.lazy.ts";
import "../../src/webhooks/receiver/worker/store-worker.lazy.ts";
import "../../src/webhooks/verification/event-validation.lazy.ts";
import "../../src/webhooks/verification/refusals.lazy.ts";
