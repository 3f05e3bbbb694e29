import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { AppModule } from "./app.module.js";

async function main(): Promise<void> {
  // The signature of a delivery is over its bytes as they came.
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { rawBody: true });
  // A delivery has up to 100 events.
  app.useBodyParser("json", { limit: "2mb" });
  // On SIGTERM, EnodeModule stops the receiver.
  app.enableShutdownHooks();
  await app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
}

void main();
