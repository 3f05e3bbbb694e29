import { describe, expect, it } from "vitest";
import { returnAddress } from "../../../src/sandbox/pages/link/return-address.ts";
import { escapeHtml, html } from "../../../src/sandbox/pages/shared/html.ts";
import { HOSTILE } from "./support.ts";

describe("the HTML of pages", () => {
  it("escapes everything that is put into it, but not HTML", () => {
    const inner = html`<b title="${HOSTILE}">${HOSTILE}</b>`;
    expect(inner.text).toBe(`<b title="${escapeHtml(HOSTILE)}">${escapeHtml(HOSTILE)}</b>`);
    expect(escapeHtml(HOSTILE)).not.toMatch(/[<>"']/);
    expect(html`${[inner, "<"]}${null}${false}${undefined}${0}`.text).toBe(`${inner.text}&lt;0`);
  });

  it("lets pages lead to sites and apps, and nowhere else", () => {
    expect(returnAddress("https://app.example.com/a?b=c")?.href).toBe(
      "https://app.example.com/a?b=c",
    );
    expect(returnAddress("my.app://linked")?.href).toBe("my.app://linked");
    for (const address of [
      "javascript:alert(1)",
      "JavaScript:alert(1)",
      "data:text/html,x",
      "no",
    ]) {
      expect(returnAddress(address)).toBeUndefined();
    }
  });
});
