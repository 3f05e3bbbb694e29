import { Module } from "@nestjs/common";
import { EnodeModule } from "./enode/enode.module.js";
import { VehiclesController } from "./vehicles.controller.js";

@Module({ imports: [EnodeModule], controllers: [VehiclesController] })
export class AppModule {}
