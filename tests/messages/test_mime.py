"""Whatever the addresses and texts hold, a message has the headers it should have and no others."""

import email
import email.policy

from hypothesis import example, given, settings
from hypothesis import strategies as st

from poolhouse.messages import mime
from poolhouse.messages.outgoing import Mail, SendingError

HEADERS = [
    "To",
    "From",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]
_PIECES = st.sampled_from(
    [
        "\r",
        "\n",
        "\r\n",
        "\r\nBcc: eve@example.com",
        "\n ",
        ",",
        ";",
        ":",
        "<",
        ">",
        "@",
        "(",
        ")",
        '"',
        "\\",
        "[",
        "]",
        "=?utf-8?q?=0D=0ABcc:_x?=",
        "\x00",
        "\x0b",
        "\x85",
        "\u2028",
        "é",
        "a",
        "example.com",
        " ",
        ".",
    ]
)
hostile = st.lists(_PIECES | st.text(max_size=3), max_size=8).map("".join)


def check(mail: Mail) -> None:
    try:
        content = mime.build(mail, now=1_700_000_000.0, message_id="id-1").as_bytes()
    except SendingError:
        return
    except UnicodeEncodeError:
        raise AssertionError("the message was built but cannot be written") from None
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert sorted(parsed.keys()) == sorted(HEADERS)
    assert [a.addr_spec for a in parsed["To"].addresses] == [mail.to]


@settings(deadline=None)
@given(hostile)
@example("mary@example.com")
@example("é@example.com")
@example("mary@exämple.com")
@example('"a b"@example.com')
@example('"a\\\r\nb"@example.com')
def test_recipients(to):
    check(Mail("pool@example.com", to, "S", "body", html=False))


@settings(deadline=None)
@given(hostile)
@example("=?utf-8?q?=0D=0ABcc:_eve@example.com?= <pool@example.com>")
@example('"=?utf-8?q?=0D=0ABcc:_eve@example.com?=" <pool@example.com>')
@example("=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?= <pool@example.com>")
@example(".:")
def test_senders(sender):
    check(Mail(sender, "mary@example.com", "S", "body", html=False))


@settings(deadline=None)
@given(hostile)
@example("=?utf-8?q?=0D=0ABcc:_eve@example.com?=")
@example("a =?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?= b")
@example("\ud800")
def test_subjects(subject):
    check(Mail("pool@example.com", "mary@example.com", subject, "body", html=False))


@settings(deadline=None)
@given(st.text() | hostile)
@example("\ud800")
def test_bodies(body):
    check(Mail("pool@example.com", "mary@example.com", "S", body, html=True))


def test_html_with_plain_text_beside_it():
    mail = Mail("pool@example.com", "mary@example.com", "S", "<p>Grüezi</p>", html=True, plain="Grüezi")
    content = mime.build(mail, now=0, message_id="m1").as_bytes()
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), part.get_content().strip()) for part in parsed.iter_parts()]
    assert parts == [("text/plain", "Grüezi"), ("text/html", "<p>Grüezi</p>")]
