"""How Twilio signs a form: https://www.twilio.com/docs/usage/webhooks/webhooks-security."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

HMAC_SHA1: Final = "HMAC_SHA1"
HMAC_SHA256: Final = "HMAC_SHA256"
_DIGESTS = {HMAC_SHA1: "sha1", HMAC_SHA256: "sha256"}


def sign_form(token: str, url: str, params: Mapping[str, str], algorithm: str = HMAC_SHA1) -> str:
    """Sign the public URL (with its query, without its fragment) and every parameter, sorted by name.

    Raises:
        KeyError: If the algorithm is not one of Twilio's.
    """
    signed = url + "".join(name + params[name] for name in sorted(params))
    return b64encode(hmac.digest(token.encode(), signed.encode(), _DIGESTS[algorithm])).decode()
