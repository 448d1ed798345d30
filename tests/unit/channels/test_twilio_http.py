"""What the SDK hands our HTTP client arrives on the wire as the SDK's own client would write it."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.twilio_http import TwilioHttp, form_encoded, last_status, retry_after
from tests.unit.channels.scripted_wire import ScriptedWire, answer

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = texts | st.integers() | st.booleans() | st.lists(texts, max_size=3)


@given(st.dictionaries(texts, values, max_size=6))
def test_a_form_reads_as_if_urllib_had_written_it(form: dict[str, object]) -> None:
    theirs = urlencode(form, doseq=True)

    assert parse_qsl(form_encoded(form), keep_blank_values=True) == parse_qsl(theirs, keep_blank_values=True)


def test_a_text_that_is_no_unicode_cannot_be_written() -> None:
    with pytest.raises(UnicodeEncodeError):
        form_encoded({"Body": "\ud83d"})


async def test_parameters_form_headers_and_credentials_are_put_where_they_belong() -> None:
    wire = ScriptedWire(answer(200, {"a": "ñ"}, retry_after="3"))
    response = await TwilioHttp(wire).request(
        "post",
        "https://api.example/x",
        params={"To": "+19075550100", "Tag": ["a", "b"]},
        data={"Body": "hi there"},
        headers={"Accept": "application/json"},
        auth=("AC1", "token"),
        timeout=1.5,
    )

    assert (response.status_code, response.text, response.ok) == (200, '{"a":"ñ"}', True)
    assert (last_status.get(), retry_after(response.headers)) == (200, timedelta(seconds=3))
    [asked] = wire.asked
    assert (asked.method, asked.url) == ("POST", "https://api.example/x?To=%2B19075550100&Tag=a&Tag=b")
    assert (asked.body, asked.total) == (b"Body=hi+there", 1.5)
    assert asked.headers == {"Accept": "application/json", "Authorization": "Basic QUMxOnRva2Vu"}


async def test_json_is_written_as_json() -> None:
    wire = ScriptedWire(answer(200, {}))
    await TwilioHttp(wire).request(
        "POST", "https://api.example/x", data={"a": 1}, headers={"Content-Type": "application/json"}
    )
    assert orjson.loads(wire.asked[0].body) == {"a": 1}


async def test_the_headers_that_were_handed_in_are_left_as_they_were() -> None:
    headers = {"Accept": "application/json"}
    await TwilioHttp(ScriptedWire(answer(200, {}))).request(
        "GET", "https://api.example/x", headers=headers, auth=("a", "b")
    )
    assert headers == {"Accept": "application/json"}


async def test_a_server_that_writes_no_unicode_is_still_heard() -> None:
    response = await TwilioHttp(ScriptedWire(answer(500, b"\xff\xfe"))).request("GET", "https://api.example/x")
    assert response.status_code == 500
    assert not response.ok
