"""Writes vectors.json: deliveries signed by Python's own hmac, so by none of this package's code.

    python3 test/webhooks/verification/vectors/make.py

The same comes of `openssl dgst -sha1 -hmac "$SECRET"` over the body.
"""

import base64
import hashlib
import hmac
import json
import pathlib

SECRET = "example-secret"


def event(index, **members):
    return {
        "event": "user:vehicle:deleted",
        "createdAt": f"2026-03-11T18:42:{index % 60:02d}.115Z",
        "version": "2024-10-01",
        "user": {"id": f"customer-{index}"},
        "vehicle": {"id": f"00000000-0000-4000-8000-{index:012d}", "userId": f"customer-{index}"},
        **members,
    }


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


ONE = compact([event(1)])
HEARTBEAT = compact(
    [
        {
            "event": "system:heartbeat",
            "createdAt": "2026-03-11T18:42:07.115Z",
            "version": "2024-10-01",
            "pendingEvents": 3,
        }
    ]
)

# Name, secret, body.
VECTORS = [
    ("the check value of Enode's documentation", SECRET, '{"payload":"example"}'),
    # Bodies.
    ("an empty array", SECRET, "[]"),
    ("an empty array with white space in it", SECRET, " [ \n ] "),
    ("one event", SECRET, ONE),
    ("one heartbeat", SECRET, HEARTBEAT),
    ("100 events", SECRET, compact([event(index) for index in range(100)])),
    ("an event of an unknown name", SECRET, compact([event(1, event="user:spaceship:launched")])),
    (
        "text in many scripts",
        SECRET,
        compact([event(1, note="Zoë Ångström, Łódź, Москва, 東京, العربية, हिन्दी, ẞ")]),
    ),
    (
        "emoji, joined and with modifiers",
        SECRET,
        compact([event(1, note="🚗⚡🔋 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👍🏽 🇳🇴")]),
    ),
    (
        "letters composed and decomposed",
        SECRET,
        compact([event(1, composed="\u00e9\u00c5", decomposed="e\u0301A\u030a")]),
    ),
    (
        "characters that are rare in JSON",
        SECRET,
        compact([event(1, note="\u2028\u2029\u00a0\ufeff\ufffd\u007f\u200b\U0010ffff")]),
    ),
    ("lines that end in CRLF", SECRET, json.dumps([event(1)], indent=2).replace("\n", "\r\n")),
    ("lines that end in LF, and one more at the end", SECRET, json.dumps([event(1)], indent=2) + "\n"),
    ("tabs, spaces and lone CRs", SECRET, "\t\r" + json.dumps([event(1)], indent="\t \r")),
    (
        "escapes of all kinds",
        SECRET,
        ONE[:-2] + r',"note":"\u00e9\ud83d\ude97\/\\\"\b\f\n\r\t\u0000\u2028 \uD83D"}]',
    ),
    (
        "big, small and long numbers",
        SECRET,
        ONE[:-2]
        + ',"numbers":[12345678901234567890,1e308,5E-324,-0,-0.0,1.10,0.1000000000000000055511151231257827,1E+2]}]',
    ),
    ("members named twice", SECRET, ONE[:-2] + ',"note":1,"note":2}]'),
    ("members named like those of every object", SECRET, ONE[:-2] + ',"__proto__":{"a":1},"constructor":null}]'),
    ("deep nesting", SECRET, ONE[:-2] + ',"deep":' + "[" * 200 + "]" * 200 + "}]"),
    ("a body of 64 bytes", SECRET, "[" + " " * 62 + "]"),
    ("a body of 55 bytes, which fills a block", SECRET, "[" + " " * 53 + "]"),
    ("a long body", SECRET, compact([event(1, note="Überlänge 🚗 " * 2_000)])),
    # Secrets.
    ("a secret of 6 characters", "s3cr3t", ONE),
    ("a secret of 256 characters", "0123456789abcdef" * 16, ONE),
    ("a secret of 256 bits in hex", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ONE),
    ("a secret of 63 bytes", "k" * 63, ONE),
    ("a secret of 64 bytes, as many as a block has", "k" * 64, ONE),
    ("a secret of 65 bytes, one more than a block has", "k" * 65, ONE),
    ("a secret of 64 characters and 65 bytes", "k" * 63 + "é", ONE),
    ("a secret of 32 characters and 64 bytes", "é" * 32, ONE),
    ("a secret of 256 characters and 768 bytes", "東" * 256, ONE),
    ("a secret in many scripts", "пароль-密码-🔑-ß-e\u0301", ONE),
    ("the same secret composed differently", "пароль-密码-🔑-ß-\u00e9", ONE),
    ("a secret with spaces inside", "correct horse  battery\tstaple", ONE),
    ("a secret of all printable ASCII", "".join(map(chr, range(0x21, 0x7F))), ONE),
    ("a secret with zero bytes inside", "null\0and\0void", ONE),
    ("both in many scripts", "ключ-🔑", compact([event(1, note="ключ-🔑")])),
]


def vector(name, secret, text):
    body = text.encode("utf-8")
    return {
        "name": name,
        "secret": secret,
        "body": base64.b64encode(body).decode("ascii"),
        "signature": "sha1=" + hmac.new(secret.encode("utf-8"), body, hashlib.sha1).hexdigest(),
        "sha256": hashlib.sha256(body).hexdigest(),
    }


path = pathlib.Path(__file__).with_name("vectors.json")
path.write_text(json.dumps([vector(*each) for each in VECTORS], indent=2) + "\n", encoding="ascii")
