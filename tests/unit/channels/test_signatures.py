"""Only Twilio and Telegram speak as Twilio and Telegram; twilio's own validator is the oracle."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.datastructures import Headers
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # without a py.typed marker

from bot.web.signatures import (
    SETTINGS_HEADER,
    SIGNATURE_HEADER,
    Algorithm,
    TelegramSecret,
    TwilioSignature,
    sign_body,
    sign_form,
)

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "twilio" / "signature_vectors.json"
TOKEN, NEXT_TOKEN = "12345", "67890"
PUBLIC, PATH, QUERY = "https://court.example", "/hooks/twilio/status", "m=71"
URL = f"{PUBLIC}{PATH}?{QUERY}"
FORM = [("MessageSid", "SM1"), ("MessageStatus", "sent"), ("Body", " Sí, iré\n"), ("Empty", "")]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
forms = st.dictionaries(texts, texts, max_size=6)
algorithms = st.sampled_from(Algorithm)


def headers(signature: str, algorithm: str | None = None) -> Headers:
    settings = {SETTINGS_HEADER: f"key=webhooks_sharedkey_1,algorithm={algorithm}"} if algorithm else {}
    return Headers({SIGNATURE_HEADER: signature, **settings})


def accepts(
    signature: str,
    *,
    public: str = PUBLIC,
    path: str = PATH,
    query: str = QUERY,
    algorithm: str | None = None,
    tokens: tuple[str, ...] = (TOKEN,),
) -> bool:
    gate = TwilioSignature(tokens, public)
    return gate.accepts(path=path, query=query, params=FORM, headers=headers(signature, algorithm))


@given(texts, forms, algorithms)
def test_our_signature_is_twilios(token: str, form: dict[str, str], algorithm: Algorithm) -> None:
    theirs = RequestValidator(token).compute_signature(URL, form, algorithm)
    assert sign_form(token, URL, form.items(), algorithm) == theirs


class ManyValues:
    """A form with repeated names, as the validator reads one."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Any:  # noqa: ANN401  # what `set()` wants of it
        return iter([name for name, _ in self._pairs])

    def __len__(self) -> int:
        return len(self._pairs)

    def getlist(self, name: str) -> list[str]:
        return [value for known, value in self._pairs if known == name]


@given(st.lists(st.tuples(st.sampled_from(["A", "AB", "B", "BA"]), texts), max_size=8), algorithms)
def test_repeated_names_are_signed_as_twilio_signs_them(pairs: list[tuple[str, str]], algorithm: Algorithm) -> None:
    theirs = RequestValidator(TOKEN).compute_signature(URL, ManyValues(pairs), algorithm)
    assert sign_form(TOKEN, URL, pairs, algorithm) == theirs


@given(forms, algorithms, st.integers(0, 1), st.sampled_from(["", ":443", ":8443"]))
def test_what_twilio_signed_is_accepted_with_and_without_the_port_by_either_secret(
    form: dict[str, str], algorithm: Algorithm, secret: int, port: str
) -> None:
    tokens = (TOKEN, NEXT_TOKEN)
    signature = RequestValidator(tokens[secret]).compute_signature(
        f"https://court.example{port}{PATH}?{QUERY}", form, algorithm
    )
    public = "https://court.example:8443" if port == ":8443" else PUBLIC
    gate = TwilioSignature([SecretStr(token) for token in tokens], public)
    assert gate.accepts(path=PATH, query=QUERY, params=form.items(), headers=headers(signature, algorithm))


@given(forms, texts, texts)
def test_a_changed_form_is_refused(form: dict[str, str], name: str, value: str) -> None:
    signature = sign_form(TOKEN, URL, form.items())
    changed = {**form, name: form.get(name, "") + value + "!"}
    gate = TwilioSignature([TOKEN], PUBLIC)
    # Name and value may run together to the same text: Twilio's own scheme cannot tell those apart.
    assume(not RequestValidator(TOKEN).validate(URL, changed, signature))
    assert not gate.accepts(path=PATH, query=QUERY, params=changed.items(), headers=headers(signature))


@pytest.mark.parametrize(
    ("public", "url"),
    [
        ("https://court.example", URL),
        ("https://court.example/", URL),
        ("https://court.example", f"https://court.example:443{PATH}?{QUERY}"),
        ("https://court.example:443", URL),
        ("http://court.example", f"http://court.example:80{PATH}?{QUERY}"),
        ("https://court.example:1234", f"https://court.example{PATH}?{QUERY}"),
        ("https://court.example:1234", f"https://court.example:1234{PATH}?{QUERY}"),
        ("https://court.example/usher", f"https://court.example/usher{PATH}?{QUERY}"),
        ("https://court.example/hooks", f"https://court.example/hooks{PATH}?{QUERY}"),
        ("https://[2001:db8::1]", f"https://[2001:db8::1]:443{PATH}?{QUERY}"),
        ("https://[2001:db8::1]:8443", f"https://[2001:db8::1]{PATH}?{QUERY}"),
    ],
)
def test_the_public_address_counts_however_its_port_is_written(public: str, url: str) -> None:
    assert accepts(sign_form(TOKEN, url, FORM), public=public)


def test_a_prefix_that_the_proxy_left_on_is_not_put_on_twice() -> None:
    signature = sign_form(TOKEN, f"{PUBLIC}/usher{PATH}?{QUERY}", FORM)
    assert accepts(signature, public=f"{PUBLIC}/usher", path=f"/usher{PATH}")


@pytest.mark.parametrize(
    "url",
    [
        f"http://court.example{PATH}?{QUERY}",
        f"https://other.example{PATH}?{QUERY}",
        f"https://court.example{PATH}",
        f"https://court.example{PATH}?m=72",
        f"https://court.example:8443{PATH}?{QUERY}",
        "https://court.example/hooks/twilio/inbound?m=71",
    ],
)
def test_a_signature_for_another_address_is_refused(url: str) -> None:
    assert not accepts(sign_form(TOKEN, url, FORM))


def test_percent_encoding_counts_as_it_came() -> None:
    signature = sign_form(TOKEN, f"{PUBLIC}/a%20b?q=%2b", FORM)
    assert accepts(signature, path="/a%20b", query="q=%2b")
    assert not accepts(signature, path="/a b", query="q=+")


@pytest.mark.parametrize("signature", ["", "AAAA", "é" * 28, "=" * 28, sign_form("wrong", URL, FORM)])
def test_anything_else_in_the_header_is_refused_without_a_fall(signature: str) -> None:
    gate = TwilioSignature([TOKEN], PUBLIC)
    given_headers = {SIGNATURE_HEADER: signature}
    assert not gate.accepts(path=PATH, query=QUERY, params=FORM, headers=given_headers)


def test_no_header_is_refused() -> None:
    assert not TwilioSignature([TOKEN], PUBLIC).accepts(path=PATH, query=QUERY, params=FORM, headers={})


@pytest.mark.parametrize(
    ("named", "signed", "accepted"),
    [
        (None, Algorithm.SHA1, True),
        ("HMAC_SHA1", Algorithm.SHA1, True),
        ("HMAC_SHA256", Algorithm.SHA256, True),
        ("hmac_sha256", Algorithm.SHA256, True),
        (" HMAC_SHA256 ", Algorithm.SHA256, True),
        ("HMAC_SHA256", Algorithm.SHA1, False),
        (None, Algorithm.SHA256, False),
        ("HMAC_SHA512", Algorithm.SHA1, False),
        ("HMAC_MD5", Algorithm.SHA256, False),
        ("none", Algorithm.SHA1, False),
    ],
)
def test_the_algorithm_is_the_one_the_request_names_and_one_we_know(
    named: str | None,
    signed: Algorithm,
    *,
    accepted: bool,
) -> None:
    assert accepts(sign_form(TOKEN, URL, FORM, signed), algorithm=named) is accepted


def test_settings_without_an_algorithm_mean_the_old_one() -> None:
    gate = TwilioSignature([TOKEN], PUBLIC)
    given_headers = {SIGNATURE_HEADER: sign_form(TOKEN, URL, FORM), SETTINGS_HEADER: "key=webhooks_sharedkey_1"}
    assert gate.accepts(path=PATH, query=QUERY, params=FORM, headers=given_headers)


@pytest.mark.parametrize("tokens", [(), ("",), ("", "")])
def test_without_a_secret_nobody_is_twilio(tokens: tuple[str, ...]) -> None:
    assert not accepts(sign_form("", URL, FORM), tokens=tokens)


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize(("sent", "accepted"), [(b'{"a": "\xc3\xa9"}', True), (b'{"a": "e"}', False), (b"", False)])
def test_a_json_body_is_covered_by_its_hash_in_the_signed_address(
    sent: bytes, *, accepted: bool, algorithm: Algorithm
) -> None:
    query = "m=71&bodySHA256=" + sha256(b'{"a": "\xc3\xa9"}').hexdigest()
    signature = sign_body(TOKEN, f"{PUBLIC}{PATH}?{query}", algorithm)
    gate = TwilioSignature([TOKEN], PUBLIC)
    assert gate.accepts_body(path=PATH, query=query, body=sent, headers=headers(signature, algorithm)) is accepted


@pytest.mark.parametrize("query", ["", "m=71", "bodySHA256=", "bodySHA256=%C3%A9"])
def test_a_body_whose_hash_was_not_signed_is_refused(query: str) -> None:
    signature = sign_body(TOKEN, f"{PUBLIC}{PATH}?{query}" if query else f"{PUBLIC}{PATH}")
    gate = TwilioSignature([TOKEN], PUBLIC)
    assert not gate.accepts_body(path=PATH, query=query, body=b"{}", headers=headers(signature))


def _vectors() -> list[Any]:
    if not VECTORS.exists():
        return []
    read = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [pytest.param(read["token"], vector, id=vector["name"]) for vector in read["vectors"]]


@pytest.mark.skipif(not VECTORS.exists(), reason="Twilio's own vectors are not on this machine")
@pytest.mark.parametrize(("token", "vector"), _vectors())
def test_twilios_own_vectors_are_judged_as_twilio_judges_them(token: str, vector: dict[str, Any]) -> None:
    parts = urlsplit(vector["uri"])
    gate = TwilioSignature([token], f"{parts.scheme}://{parts.netloc}")
    given_headers = headers(vector["signature"])
    if "body" in vector:
        body = vector["body"].encode()
        accepted = gate.accepts_body(path=parts.path, query=parts.query, body=body, headers=given_headers)
    else:
        pairs = vector.get("params_list") or vector["params"].items()
        params = [(name, value) for name, value in pairs]
        accepted = gate.accepts(path=parts.path, query=parts.query, params=params, headers=given_headers)
    assert accepted is vector["valid"]


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (b"s3cret_-", True),
        (b"s3cret_", False),
        (b"", False),
        (None, False),
        ("s3crét".encode(), False),
        (b"\xff\xfe", False),
    ],
)
def test_telegrams_secret_is_compared_as_bytes(header: bytes | None, *, accepted: bool) -> None:
    assert TelegramSecret("s3cret_-").accepts(header) is accepted
    assert TelegramSecret(SecretStr("s3cret_-")).accepts(header) is accepted


@given(st.binary())
def test_no_header_makes_telegrams_check_fall(header: bytes) -> None:
    assert TelegramSecret("s3cret").accepts(header) is (header == b"s3cret")


def test_an_empty_secret_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        TelegramSecret("")
