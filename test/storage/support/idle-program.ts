// A program as the guide shows it: it makes a pool and listens to nothing.
import { once } from "node:events";
import pg from "pg";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { deliveryOf } from "./event-store-cases.ts";

const [, , url = ""] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 1 });
const storage = postgresStorage({ pool });
await storage.migrate();

const { rows } = await pool.query("SELECT pg_backend_pid() AS pid");
process.send?.(rows[0]?.pid);
// Not by once() of node:events, which would listen for errors, too.
await new Promise<void>((resolve) => pool.once("remove", () => resolve()));
process.send?.("the connection has gone");
await once(process, "message");
process.send?.(await storage.eventStore.append(deliveryOf("a", ["x"])));
