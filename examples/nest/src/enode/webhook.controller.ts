import { Controller, Inject, Post, type RawBodyRequest, Req, Res } from "@nestjs/common";
import { type NodeHandler, nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";
import type { Request, Response } from "express";

@Controller("webhooks/enode")
export class WebhookController {
  readonly #handle: NodeHandler;

  constructor(@Inject(WebhookReceiver) receiver: WebhookReceiver) {
    this.#handle = nodeHandler(receiver);
  }

  @Post()
  receive(@Req() request: RawBodyRequest<Request>, @Res() response: Response): void {
    void this.#handle(request, response);
  }
}
