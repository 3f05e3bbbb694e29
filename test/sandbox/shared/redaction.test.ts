import { describe, expect, it } from "vitest";
import {
  addressWithoutSecrets,
  headersWithoutSecrets,
  lacksSecrets,
  withoutSecrets,
} from "../../../src/sandbox/shared/redaction.ts";

describe("a recorded body", () => {
  it.each([
    ['{"secret":"s3ntinel","url":"u"}', '{"secret":"$ENODE_WEBHOOK_SECRET","url":"u"}'],
    ['{ "secret" :\n "s3nti\\"nel\\\\" }', '{ "secret" :\n "$ENODE_WEBHOOK_SECRET" }'],
    [
      '{"headerName":"x","headerValue":"s3ntinel"}',
      '{"headerName":"x","headerValue":"$ENODE_WEBHOOK_HEADER"}',
    ],
    ['{"access_token":"abcdefghs3ntinel"}', '{"access_token":"abcd…"}'],
    ['{"access_token":"s3nt"}', '{"access_token":"s…"}'],
    ['{"linkToken":"s3ntinel"}', '{"linkToken":"$ENODE_LINK_TOKEN"}'],
    [
      '{"linkUrl":"http://127.0.0.1:4010/link/s3ntinel"}',
      '{"linkUrl":"http://127.0.0.1:4010/link/$ENODE_LINK_TOKEN"}',
    ],
    [
      "grant_type=x&client_secret=s3ntinel&a=b",
      "grant_type=x&client_secret=$ENODE_CLIENT_SECRET&a=b",
    ],
    [
      '--x\r\nContent-Disposition: form-data; name="client_secret"\r\n\r\ns3ntinel\r\n--x--',
      '--x\r\nContent-Disposition: form-data; name="client_secret"\r\n\r\n$ENODE_CLIENT_SECRET\r\n--x--',
    ],
    // Cut off, or not JSON at all.
    ['{"url":"u","secret":"s3ntin', '{"url":"u","secret":"$ENODE_WEBHOOK_SECRET'],
    ['"secret":"s3ntinel",,,', '"secret":"$ENODE_WEBHOOK_SECRET",,,'],
    ["{'secret':'s3ntinel'}", "{'secret':'$ENODE_WEBHOOK_SECRET'}"],
    ['{secret: "s3ntinel"}', '{secret: "$ENODE_WEBHOOK_SECRET"}'],
    ["url: x\nsecret: s3ntinel\n", "url: x\nsecret: $ENODE_WEBHOOK_SECRET\n"],
    ['"{\\"secret\\":\\"s3ntinel\\"}"', '"{\\"secret\\":\\"$ENODE_WEBHOOK_SECRET\\"}"'],
    // Written in another way than Enode writes it.
    ['{"\\u0073ecret":"s3ntinel"}', '{"\\u0073ecret":"$ENODE_WEBHOOK_SECRET"}'],
    ['{"secret":["s3ntinel"]}', '{"secret":["$ENODE_WEBHOOK_SECRET"]}'],
    ['{"Secret":"s3ntinel"}', '{"Secret":"$ENODE_WEBHOOK_SECRET"}'],
    ['{"clientSecret":"s3ntinel"}', '{"clientSecret":"$ENODE_CLIENT_SECRET"}'],
    ["a=b&client%5Fsecret=s3ntinel", "a=b&client%5Fsecret=$ENODE_CLIENT_SECRET"],
    ["secret=s3ntinel&url=u", "secret=$ENODE_WEBHOOK_SECRET&url=u"],
    [
      "--x\r\nContent-Disposition: form-data; name=client_secret\r\n\r\ns3ntinel\r\n--x--",
      "--x\r\nContent-Disposition: form-data; name=client_secret\r\n\r\n$ENODE_CLIENT_SECRET\r\n--x--",
    ],
  ])("holds no secret: %s", (body, expected) => {
    expect(withoutSecrets(body)).toBe(expected);
    expect(withoutSecrets(body)).not.toContain("s3nt");
  });

  it.each([
    '{"name":"a secret place"}',
    '{"secrets":["a"]}',
    "",
    "{",
    '{"secret":null}',
    '{"name":"the secret: a=b"}',
    '{"detail":"secret must be text"}',
    '{"name":"\\u00e4"}',
    '{"redirectUri":"https://x.test/link/done"}',
  ])("stays as it is otherwise: %s", (body) => {
    expect(withoutSecrets(body)).toBe(body);
    expect(lacksSecrets(withoutSecrets(body))).toBe(false);
  });

  it("takes no long time for a hostile text", () => {
    const hostile = `"secret":"${"\\".repeat(65_000)}`;
    const begun = performance.now();
    withoutSecrets(hostile);
    withoutSecrets('name="client_secret"'.repeat(3_000));
    withoutSecrets(`"secret"${" ".repeat(65_000)}`);
    withoutSecrets('"secret'.repeat(9_000));
    withoutSecrets("secret ".repeat(9_000));
    withoutSecrets(`secret${"\\u00".repeat(16_000)}`);
    withoutSecrets(`secret${"&a".repeat(32_000)}`);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe("a recorded address", () => {
  it("holds no token", () => {
    expect(addressWithoutSecrets("/link/s3ntinel?a=b")).toBe("/link/$ENODE_LINK_TOKEN?a=b");
    expect(addressWithoutSecrets("/vehicles?access_token=s3ntinel&after=x")).toBe(
      "/vehicles?access_token=$ENODE_ACCESS_TOKEN&after=x",
    );
    expect(addressWithoutSecrets("/users/ann/link")).toBe("/users/ann/link");
    expect(addressWithoutSecrets("/oauth2/token?%63lient_secret=s3ntinel")).toBe(
      "/oauth2/token?%63lient_secret=$ENODE_CLIENT_SECRET",
    );
    expect(addressWithoutSecrets(`/api/link/${"s3nt".repeat(10)}`)).toBe(
      "/api/link/$ENODE_LINK_TOKEN",
    );
    expect(addressWithoutSecrets("/users/%zz?%=1")).toBe("/users/%zz?%=1");
  });
});

describe("recorded headers", () => {
  const shown = (authorization: string, remark?: (token: string) => string | null) =>
    headersWithoutSecrets(new Headers({ authorization, "x-a": "1" }), remark);

  it("hold as much of a token as tells it from others, and how long it is valid", () => {
    expect(shown("Bearer abcdefghijklmnop", (token) => `${token.length} long`)).toEqual([
      ["authorization", "Bearer abcd… (16 long)"],
      ["x-a", "1"],
    ]);
    expect(shown("Bearer abcdefghijklmnop")[0]?.[1]).toBe("Bearer abcd…");
    expect(shown("Bearer short")[0]?.[1]).toBe("Bearer s…");
    expect(shown("abcdefghijklmnop")[0]?.[1]).toBe("abcd…");
  });

  it("hold the name of a client, not its secret", () => {
    expect(shown(`Basic ${btoa("client:s3ntinel")}`)[0]?.[1]).toBe(
      "Basic client:$ENODE_CLIENT_SECRET",
    );
    expect(shown(`Basic ${btoa("s3ntinel")}`)[0]?.[1]).toBe("Basic …:$ENODE_CLIENT_SECRET");
    expect(shown("Basic %%%")[0]?.[1]).toBe("Basic …:$ENODE_CLIENT_SECRET");
  });

  it("hold no secret by another name, nor in an address", () => {
    const token = "s3nt".repeat(10);
    const headers = { referer: `http://127.0.0.1/link/${token}`, "x-api-key": token };
    expect(headersWithoutSecrets(new Headers(headers))).toEqual([
      ["referer", "http://127.0.0.1/link/$ENODE_LINK_TOKEN"],
      ["x-api-key", "s3nt…"],
    ]);
  });

  it("hold no cookie", () => {
    expect(headersWithoutSecrets(new Headers({ cookie: "a=s3ntinel" }))).toEqual([["cookie", "…"]]);
  });
});
