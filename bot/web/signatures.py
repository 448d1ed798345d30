"""Whether a webhook is really from its provider: Twilio's signatures and Telegram's secret header."""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

SIGNATURE_HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"  # "key=<shared key's id>,algorithm=HMAC_SHA256"
TELEGRAM_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_DEFAULT_PORTS = {"http": 80, "https": 443}

Params = Iterable[tuple[str, str]]


class Algorithm(StrEnum):
    """How Twilio signs; the value is Twilio's word for it."""

    SHA1 = "HMAC_SHA1"  # with the account's auth token
    SHA256 = "HMAC_SHA256"  # with a shared key's secret

    @property
    def digest(self) -> str:
        """The hash's name for `hmac`."""
        return self.name.lower()


_ALGORITHMS = {algorithm.value: algorithm for algorithm in Algorithm}


def sign_form(token: str, url: str, params: Params, algorithm: Algorithm = Algorithm.SHA1) -> str:
    """Return the signature Twilio puts on a form posted to `url`; the same pair given twice counts once."""
    return _signature(_signer(token, algorithm), _signed_text(url, params)).decode("ascii")


def sign_body(token: str, url: str, algorithm: Algorithm = Algorithm.SHA1) -> str:
    """Return the signature of a body that is no form: of the URL alone, whose query carries `bodySHA256`."""
    return sign_form(token, url, (), algorithm)


class TwilioSignature:
    """Tells Twilio's requests from anybody else's.

    Twilio signs the URL as it saw it, not the one behind our proxy: the scheme and host come from `public_url`, path
    and query from the request, percent-encoding untouched. It signs now with the port and now without.

    Args:
        tokens: Secrets that may have signed: the auth token, a shared key's secret; two of a kind while rotating.
        public_url: How Twilio reaches us, with the prefix that a proxy takes off, if one does.
    """

    def __init__(self, tokens: Sequence[SecretStr | str], public_url: str) -> None:
        secrets = [token.get_secret_value() if isinstance(token, SecretStr) else token for token in tokens]
        self._signers = {one: [_signer(secret, one) for secret in secrets if secret] for one in Algorithm}
        self._bases, self._prefix = _bases(public_url)

    def accepts(self, *, path: str, query: str, params: Params, headers: Mapping[str, str]) -> bool:
        """Return whether Twilio signed this form.

        Args:
            path: As it came on the wire, still percent-encoded.
            query: The same, without "?".
            params: Every parameter of the form, known to us or not, untrimmed, repeated ones repeated.
            headers: The request's; names in any case if the mapping does not mind (Starlette's does not).
        """
        algorithm = _algorithm(headers.get(SETTINGS_HEADER))
        if algorithm is None:
            return False
        given = headers.get(SIGNATURE_HEADER, "").encode("utf-8", "replace")
        pairs = _in_order(params)
        return any(
            hmac.compare_digest(_signature(signer, f"{base}{target}{pairs}"), given)
            for target in self._targets(path, query)
            for base in self._bases
            for signer in self._signers[algorithm]
        )

    def accepts_body(self, *, path: str, query: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether Twilio signed this JSON: the URL is signed, and `bodySHA256` in its query signs the body."""
        promised = parse_qs(query).get("bodySHA256", [""])[0]
        is_whole = hmac.compare_digest(sha256(body).hexdigest().encode(), promised.encode("utf-8", "replace"))
        return self.accepts(path=path, query=query, params=(), headers=headers) and is_whole

    def _targets(self, path: str, query: str) -> Iterator[str]:
        """Yield what may have been asked for: a proxy may have taken the prefix off, or left it there."""
        end = f"?{query}" if query else ""
        yield f"{self._prefix}{path}{end}"
        if self._prefix and path.startswith(f"{self._prefix}/"):
            yield f"{path}{end}"


class TelegramSecret:
    """Knows the secret token that our webhook was set with.

    Raises:
        ValueError: If there is no secret: anybody could then speak as Telegram.
    """

    def __init__(self, secret: SecretStr | str) -> None:
        text = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
        if not text:
            raise ValueError("the webhook's secret must not be empty")
        self._secret = text.encode()

    def accepts(self, header: bytes | None) -> bool:
        """Return whether the raw header is the secret; takes any bytes, in time that tells nothing."""
        return header is not None and hmac.compare_digest(self._secret, header)


def _algorithm(settings: str | None) -> Algorithm | None:
    for part in (settings or "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return _ALGORITHMS.get(value.strip().upper())
    return Algorithm.SHA1


def _signed_text(url: str, params: Params) -> str:
    return url + _in_order(params)


def _in_order(params: Params) -> str:
    return "".join([name + value for name, value in sorted(set(params))])


def _signer(token: str, algorithm: Algorithm) -> hmac.HMAC:
    return hmac.new(token.encode(), digestmod=algorithm.digest)


def _signature(signer: hmac.HMAC, text: str) -> bytes:
    """Sign with a copy: `hmac.digest` lets other threads have Python, and gets it back only when they are done."""
    signing = signer.copy()
    signing.update(text.encode("utf-8", "replace"))
    return b64encode(signing.digest())


def _bases(public_url: str) -> tuple[tuple[str, ...], str]:
    parts = urlsplit(public_url.rstrip("/"))
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    bare = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    bases = (f"{parts.scheme}://{bare}", f"{parts.scheme}://{bare}:{port}")
    return bases, parts.path
