// Another process that has an SQLite file locked, as a backup or the SQLite shell does, until it is told to let go.
import { DatabaseSync } from "node:sqlite";

const [, , path = "", begin = ""] = process.argv;
const database = new DatabaseSync(path);
database.exec(begin);
process.on("message", () => {
  database.exec("COMMIT");
  database.close();
  process.send?.("released");
  process.disconnect();
});
process.send?.("locked");
