/**
 * The floors of the source: a folder or file may import from itself, from generated/, and from what its line lists.
 * Type imports count. What is not listed here may not be imported at all.
 */
const below = {
  core: [
    "errors",
    "shared",
    "runtime",
    "hooks.ts",
    "http-transport.ts",
    "options.ts",
    "storage/contracts",
  ],
  storage: ["errors", "shared", "runtime", "storage/contracts", "storage/shared"],
  webhooks: ["errors", "shared", "runtime", "storage/contracts"],
};

const floors = {
  errors: [],
  "storage/contracts": [],
  shared: ["errors"],
  runtime: ["errors"],
  "hooks.ts": ["errors"],
  "http-transport.ts": [],
  "options.ts": ["hooks.ts", "http-transport.ts", "storage/contracts"],
  core: below.core,
  auth: ["core", ...below.core],
  identity: ["core", ...below.core],
  resources: ["core", "identity", ...below.core],
  scope: ["core", "identity", "resources", ...below.core],
  "enode.ts": ["auth", "core", "identity", "resources", "scope", ...below.core],
  "index.ts": ["enode.ts", "core", "identity", "resources", "scope", ...below.core],
  undici: ["errors", "shared", "http-transport.ts"],
  otel: ["errors", "shared", "hooks.ts", "storage/contracts", "webhooks/receiver"],
  "storage/shared": below.storage,
  ...Object.fromEntries(
    ["memory", "sqlite", "postgres", "redis", "encrypted"].map((name) => [
      `storage/${name}`,
      below.storage,
    ]),
  ),
  "storage/conformance": ["storage/contracts", "storage/shared", "shared"],
  "webhooks/verification": below.webhooks,
  "webhooks/receiver": ["webhooks/verification", ...below.webhooks],
  "webhooks/adapters": ["webhooks/receiver", "webhooks/verification", ...below.webhooks],
  activity: ["hooks.ts", "webhooks/receiver", ...below.webhooks],
  mirror: [
    "activity",
    "core",
    "enode.ts",
    "hooks.ts",
    "options.ts",
    "webhooks/receiver",
    ...below.webhooks,
  ],
  history: ["enode.ts", "mirror", "webhooks/receiver", ...below.webhooks],
  sandbox: [],
  cli: [
    "core",
    "enode.ts",
    "options.ts",
    "sandbox",
    "storage/postgres",
    "storage/sqlite",
    "webhooks/receiver",
    "webhooks/verification",
    ...below.webhooks,
  ],
};

/** The floors inside the mirror; its faces, `mirror.ts` and `index.ts`, stand above them all. */
const mirrorFloors = {
  model: [],
  store: ["model"],
  read: ["model", "store"],
  transitions: ["model", "store", "read"],
  ingest: ["model", "store", "read", "transitions"],
  sync: ["model", "store", "read", "ingest"],
};

/** The floors inside the history; its faces, `history.ts`, `reading-sink.ts` and `index.ts`, stand above them all. */
const historyFloors = {
  time: [],
  model: ["time"],
  store: [],
  ingest: ["model", "store"],
  rollup: ["time", "model", "store"],
  read: ["time", "model", "store", "rollup"],
};

/** The floors inside the receiver of webhooks; its faces lie in the folder itself. */
const receiverFloors = {
  shared: [],
  intake: ["shared"],
  dispatch: ["shared"],
  worker: ["shared", "dispatch"],
};

/** The floors inside the command line: a command knows no other one. */
const cliFloors = {
  shared: [],
  sandbox: ["shared"],
  trigger: ["shared"],
  store: ["shared"],
  listen: ["shared"],
  doctor: ["shared", "store"],
  completion: ["shared"],
  commands: ["shared", "completion", "sandbox", "trigger", "store", "listen", "doctor"],
};

const inFolder = (names) => `^src/(?:${names.join("|")})(?:/|$)`;

const floorRules = Object.entries(floors).map(([name, allowed]) => ({
  name: `floor of ${name}`,
  severity: "error",
  from: { path: inFolder([name]) },
  to: { path: "^src/", pathNot: inFolder([name, ...allowed]) },
}));

/** The faces put together what lies on several floors. */
const faces = [
  "schemas",
  "storage/index.ts",
  "storage/delivery-sink.ts",
  "webhooks/index.ts",
  "webhooks/receiving.ts",
];

const everyFloorRule = {
  name: "everything has a floor",
  comment: "Give a new folder its line in `floors`: without one it could import anything.",
  severity: "error",
  from: { path: "^src/", pathNot: inFolder([...Object.keys(floors), ...faces]) },
  to: {},
};

const innerRules = [
  ["mirror", mirrorFloors],
  ["history", historyFloors],
  ["webhooks/receiver", receiverFloors],
  ["cli", cliFloors],
].flatMap(([folder, inner]) =>
  Object.entries(inner).map(([name, allowed]) => ({
    name: `floor of ${folder}/${name}`,
    severity: "error",
    from: { path: `^src/${folder}/${name}/` },
    to: { path: `^src/${folder}/`, pathNot: `^src/${folder}/(?:${[name, ...allowed].join("|")})/` },
  })),
);

/** Which file may import a package, besides the pages of the sandbox, which bundle what they need. */
const packages = [
  { name: "ky", only: "^src/core/ky-sender\\.ts$" },
  { name: "undici", only: "^src/undici/" },
  { name: "@opentelemetry", only: "^src/otel/" },
  { name: "p-retry", only: "^src/core/failures\\.lazy\\.ts$" },
  {
    name: "zod",
    only: "^(?:generated/|src/core/response-validation\\.lazy\\.ts$|src/shared/schema-issues\\.ts$)",
  },
];

const packageRules = packages.map(({ name, only }) => ({
  name: `${name} has one door`,
  severity: "error",
  from: { path: "^(?:src|generated)/", pathNot: only },
  to: { path: `node_modules/${name}/` },
}));

/**
 * The floors of the sandbox, an application of its own: of its folders, of its simulation, and of the groups of its API.
 * A folder that is not listed may import nothing; a face imports what its folder holds.
 */
const sandboxFloors = [
  {
    folder: "sandbox",
    face: "index.ts",
    floors: {
      shared: [],
      http: ["shared"],
      simulation: ["shared"],
      events: ["shared", "simulation"],
      faults: ["shared", "http", "simulation/actions.ts"],
      webhooks: ["shared", "http", "events", "faults"],
      api: ["shared", "http", "simulation", "events", "webhooks"],
      app: ["shared", "http", "simulation", "events", "faults", "webhooks", "api"],
      pages: ["shared", "http", "events", "simulation", "faults", "webhooks", "api", "app"],
      host: ["http", "faults", "api/oauth", "app", "pages"],
    },
  },
  {
    folder: "sandbox/simulation",
    floors: {
      "actions.ts": [],
      "site.ts": [],
      history: [],
      devices: ["actions.ts", "site.ts", "history"],
      world: ["actions.ts", "site.ts", "history", "devices"],
      scenarios: ["devices", "world"],
    },
  },
  {
    folder: "sandbox/api",
    face: "operations.ts",
    floors: {
      link: [],
      webhooks: [],
      interventions: [],
      service: [],
      oauth: [],
      users: ["link"],
      locations: ["users"],
      tariffs: ["locations"],
      devices: ["locations", "users"],
      schedules: ["locations", "users"],
      "smart-charging": ["locations", "tariffs", "users"],
      statistics: ["locations", "users", "tariffs", "smart-charging"],
    },
  },
];

const sandboxRules = [
  ...sandboxFloors.flatMap(({ folder, face, floors }) => {
    const within = (names) => `^src/${folder}/(?:${names.join("|").replaceAll(".", "[.]")})(?:/|$)`;
    const known = Object.keys(floors);
    return [
      ...known.map((name) => ({
        name: `floor of ${folder}/${name}`,
        severity: "error",
        from: { path: within([name]) },
        to: { path: `^src/${folder}/`, pathNot: within([name, ...floors[name]]) },
      })),
      {
        name: `everything in ${folder} has a floor`,
        severity: "error",
        from: {
          path: `^src/${folder}/`,
          pathNot: within(face === undefined ? known : [face, ...known]),
        },
        to: {},
      },
    ];
  }),
];

export default {
  forbidden: [
    ...floorRules,
    everyFloorRule,
    ...innerRules,
    {
      name: "activity has one door",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/activity/" },
      to: { path: "^src/activity/", pathNot: "^src/activity/index\\.ts$" },
    },
    {
      name: "the history knows the face of the mirror",
      severity: "error",
      from: { path: "^src/history/" },
      to: { path: "^src/mirror/", pathNot: "^src/mirror/index\\.ts$" },
    },
    ...packageRules,
    ...sandboxRules,
    {
      name: "no circles between files",
      comment:
        "Type imports count: all circles that there were, were of types or of imports on first use.",
      severity: "error",
      from: { path: "^(?:src|scripts|generated)/" },
      to: { circular: true },
    },
    {
      name: "no circles between folders",
      severity: "error",
      scope: "folder",
      from: { path: "^(?:src|scripts|generated)/" },
      to: { circular: true },
    },
    {
      name: "modules of node have few doors",
      comment:
        "Elsewhere builtin() of src/runtime/builtin.ts reaches them. An engine that needs them gets its folder added here.",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: "^src/(?:runtime/hmac/node\\.ts|storage/sqlite/|undici/|sandbox/host/|cli/)",
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "lazy files are loaded lazily",
      comment: "A file called *.lazy.ts is imported by import() only, or for its types.",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.lazy\\.ts$" },
      to: {
        path: "\\.lazy\\.ts$",
        dependencyTypesNot: ["dynamic-import", "type-only", "type-import"],
      },
    },
    {
      name: "lazy files of the client import types",
      comment:
        "What they share with the client would become a chunk of its own in the bundles of apps.",
      severity: "error",
      from: { path: "^src/(?:auth|identity|resources|scope)/.*\\.lazy\\.ts$" },
      to: {
        path: "^src/",
        pathNot: "\\.lazy\\.ts$",
        dependencyTypesNot: ["type-only", "type-import"],
      },
    },
    {
      name: "schemas are loaded lazily",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(?:schemas/|.*\\.lazy\\.ts$)" },
      to: { path: "^generated/(?:schemas|response-schemas|public-schemas)\\.ts$" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      extensions: [".ts"],
      exportsFields: ["exports"],
      conditionNames: ["import"],
    },
  },
};
