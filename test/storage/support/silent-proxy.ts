import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * Stands between a program and a server, and can fall silent: connections stay open, and nothing comes through any
 * more, as when a firewall forgets them.
 */
export class SilentProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isSilent = false;
  /** How many connections there were. */
  connections = 0;

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer((near) => {
      this.connections++;
      const far = connect(target);
      const isBornSilent = this.#isSilent;
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.on("data", (data) => {
          if (!isBornSilent && !this.#silenced.has(from) && !this.#silenced.has(to)) to.write(data);
        });
      }
    });
  }

  readonly #silenced = new WeakSet<Socket>();

  static async to(url: string): Promise<{ proxy: SilentProxy; url: string }> {
    const target = new URL(url);
    const proxy = new SilentProxy({
      host: target.hostname,
      port: Number(target.port || 5432),
    });
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    const { port } = proxy.#server.address() as AddressInfo;
    const near = new URL(url);
    near.hostname = "127.0.0.1";
    near.port = String(port);
    return { proxy, url: near.href };
  }

  /** Nothing comes through the present connections any more; nor through new ones, until {@link heal}. */
  silence({ newOnes }: { newOnes: boolean }): void {
    for (const socket of this.#sockets) this.#silenced.add(socket);
    this.#isSilent = newOnes;
  }

  /** Lets new connections through. Those that were silenced stay silent. */
  heal(): void {
    this.#isSilent = false;
  }

  /** How many connections are open. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
