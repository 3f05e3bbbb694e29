// Servers that a test starts for itself, on a free port of 127.0.0.1 and in a folder of its own, so that it may stop
// and kill them.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chown, constants, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);
const folders = [
  ...(process.env["PATH"] ?? "").split(delimiter),
  "/usr/sbin",
  ...[17, 16, 15, 14, 13].map((version) => `/usr/lib/postgresql/${version}/bin`),
];

/** Where a program is. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

/** A server in a folder of its own. Neither PostgreSQL nor PgBouncer runs as root. */
class OwnServer {
  readonly port: number;
  readonly folder: string;
  readonly #user: { uid: number; gid: number } | undefined;
  #child: ChildProcess | undefined;

  constructor(port: number, folder: string, user: { uid: number; gid: number } | undefined) {
    this.port = port;
    this.folder = folder;
    this.#user = user;
  }

  static async prepare(): Promise<OwnServer> {
    const folder = await mkdtemp(join(tmpdir(), "enode-server-"));
    let user: { uid: number; gid: number } | undefined;
    if (process.getuid?.() === 0) {
      const [uid, gid] = await Promise.all(
        ["-u", "-g"].map((what) => run("id", [what, "postgres"])),
      );
      user = { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
      await chown(folder, user.uid, user.gid);
    }
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return new OwnServer(port, folder, user);
  }

  /** Runs a program to its end. */
  async run(program: string, args: readonly string[]): Promise<void> {
    await run(program, args, { ...this.#user, cwd: this.folder });
  }

  /** Starts the server, and waits until it takes connections. */
  async start(program: string, args: readonly string[]): Promise<void> {
    const child = spawn(program, args, { ...this.#user, cwd: this.folder, stdio: "ignore" });
    this.#child = child;
    while (!(await this.#listens())) {
      if (child.exitCode !== null) throw new Error(`${program} has ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #listens(): Promise<boolean> {
    const socket = connect(this.port, "127.0.0.1");
    return new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    }).then((answer) => {
      socket.destroy();
      return answer === true;
    });
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error("The server does not run");
    return this.#child.pid;
  }

  /** Ends the server, and waits until it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.end("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether there was such a process to get the signal. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** A PostgreSQL of the test's own. */
export class OwnPostgres {
  readonly #server: OwnServer;

  private constructor(server: OwnServer) {
    this.#server = server;
  }

  static async start(): Promise<OwnPostgres> {
    const own = new OwnPostgres(await OwnServer.prepare());
    const initdb = (await findProgram("initdb")) ?? "initdb";
    await own.#server.run(initdb, ["-D", "data", "-U", "postgres", "-A", "trust", "--no-sync"]);
    await own.restart();
    return own;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.#server.port}/postgres`;
  }

  async restart(): Promise<void> {
    const program = (await findProgram("postgres")) ?? "postgres";
    const { port, folder } = this.#server;
    const settings = [
      `port=${port}`,
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=${folder}`,
    ];
    const args = settings.flatMap((setting) => ["-c", setting]);
    await this.#server.start(program, ["-D", "data", ...args]);
    // It takes connections, and refuses them, before it serves them.
    const pool = new pg.Pool({ connectionString: this.url, max: 1 });
    pool.on("error", () => undefined);
    while ((await pool.query("SELECT 1").catch(() => undefined)) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await pool.end();
  }

  /** Kills it with all that it has started, so that no connection is closed in good order. */
  async kill(): Promise<void> {
    const others = await this.#children();
    const ended = this.#server.end("SIGKILL");
    for (const pid of others) signal(pid, "SIGKILL");
    await ended;
    // They keep its memory until they have ended.
    while (others.some((pid) => signal(pid, 0)))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Stops all of it, so that connections stay open and nothing answers. What it returns lets it go on. */
  async freeze(): Promise<() => void> {
    const pids = [this.#server.pid, ...(await this.#children())];
    for (const pid of pids) signal(pid, "SIGSTOP");
    return () => {
      for (const pid of pids) signal(pid, "SIGCONT");
    };
  }

  async #children(): Promise<number[]> {
    const { stdout } = await run("ps", ["-o", "pid=", "--ppid", String(this.#server.pid)]);
    return stdout.split(/\s+/).filter(Boolean).map(Number);
  }

  /** Ends it for good. */
  async remove(): Promise<void> {
    await this.#server.end("SIGINT");
    await this.#server.remove();
  }
}

/** A PgBouncer before a PostgreSQL, which lends a connection for one transaction. */
export class OwnPgbouncer {
  readonly #server: OwnServer;
  readonly url: string;

  private constructor(server: OwnServer, target: URL) {
    this.#server = server;
    const url = new URL(target);
    url.hostname = "127.0.0.1";
    url.port = String(server.port);
    // It has no search path for a connection.
    url.search = "";
    this.url = url.href;
  }

  static async start(target: URL): Promise<OwnPgbouncer> {
    const server = await OwnServer.prepare();
    const database = target.pathname.slice(1);
    const login = [
      `host=${target.hostname} port=${target.port || 5432} dbname=${database}`,
      `user=${decodeURIComponent(target.username)}`,
      ...(target.password ? [`password='${decodeURIComponent(target.password)}'`] : []),
    ];
    const config = join(server.folder, "pgbouncer.ini");
    await writeFile(
      config,
      `[databases]
${database} = ${login.join(" ")}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${server.port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
max_client_conn = 200
`,
      { mode: 0o644 },
    );
    const program = (await findProgram("pgbouncer")) ?? "pgbouncer";
    await server.start(program, [config]);
    return new OwnPgbouncer(server, target);
  }

  async remove(): Promise<void> {
    await this.#server.remove();
  }
}
