"""To be asked not to stop is no STOP, a no and then a stop is one; where only a comma tells them apart we ask."""

# ruff: noqa: RUF001 -- Cyrillic letters are meant as such

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.keywords import Intent, MaybeStop, Stop, classify

KEEP_WRITING = [
    ("en", "don't stop texting me"),
    ("en", "No, don't stop texting me"),
    ("es", "no dejes de escribirme, no quiero llamadas"),
    ("fr", "ne vous arretez pas, arretez les appels"),
    ("ru", "Не прекращайте присылать напоминания, не хочу получать звонки"),
    ("ru", "Пожалуйста, не переставайте. Не хочу получать ничего другого"),
    ("uk", "Не припиняйте надсилати, не хочу отримувати дзвінки"),
    ("uk", "не переставай писати, не хочу отримувати листи"),
    ("ar", "لا تتوقفوا عن ارسال الرسائل"),
    ("zh_Hans", "请不要停止发短信"),
    ("zh_Hans", "不要退订"),
]
STOP_WRITING = [
    ("es", "No, dejen de escribirme"),
    ("es", "dejen de escribirme"),
    ("es", "NO! dejen de mandar mensajes"),
    ("pt_BR", "Não, pare de me mandar mensagens"),
    ("pt_BR", "nao. pare de me mandar msg"),
    ("pt_BR", "você não para de mandar, pare de me mandar mensagens"),
    ("ru", "Вы не прекращаете писать, отпишите меня"),
    ("ru", "Нет, прекратите писать"),
    ("uk", "ви не припиняєте, відпишіть мене"),
    ("uk", "Ні, припиніть писати"),
    ("ht", "Pa! sispann voye mesaj"),
    ("ht", "ou pa sispann voye mesaj, sispann voye mesaj"),
    ("fil", "Huwag, itigil ang text"),
    ("fil", "itigil na ninyo ang text"),
    ("vi", "đừng, ngừng gửi tin nhắn"),
    ("vi", "ngừng gửi tin nhắn"),
    ("vi", "đừng nhắn tin nữa"),
    ("ar", "لا، توقفوا عن ارسال الرسائل"),
    ("ar", "توقفوا عن ارسال الرسائل"),
    ("zh_Hans", "不要，停止发短信"),
    ("zh_Hans", "不要再给我发短信"),
]
EITHER = [
    ("es", "no dejen de escribirme"),
    ("es", "por favor no dejen de mandarme mensajes"),
    ("pt_BR", "não pare de me mandar mensagens"),
    ("pt_BR", "nao parem de enviar"),
    ("ht", "tanpri pa sispann voye mesaj"),
    ("fil", "huwag po ninyong itigil ang text"),
    ("fil", "wag nyong itigil ang text"),
    ("vi", "xin đừng ngừng gửi tin nhắn"),
]


@pytest.mark.parametrize(("language", "text"), KEEP_WRITING)
def test_who_asks_us_to_go_on_is_not_opted_out(language: str, text: str) -> None:
    assert not isinstance(classify(text, language=language), Stop | MaybeStop)


@pytest.mark.parametrize(("language", "text"), STOP_WRITING)
def test_a_no_before_a_stop_and_a_complaint_that_we_go_on_are_a_stop(language: str, text: str) -> None:
    assert classify(text, language=language) == Stop()


@pytest.mark.parametrize(("language", "text"), EITHER)
def test_where_only_a_comma_would_tell_we_ask(language: str, text: str) -> None:
    assert classify(text, language=language) == MaybeStop()


@given(
    st.sampled_from([*((text, Stop()) for _, text in STOP_WRITING), *((text, MaybeStop()) for _, text in EITHER)]),
    st.sampled_from(["en", "es", "ru", "uk", "ar", "vi", "fil", "ht", "pt_BR", "zh_Hans", ""]),
    st.booleans(),
    st.sampled_from(["", ".", "!!", " 🙏"]),
)
def test_whoever_is_thought_to_write_however_loud_it_means_the_same(
    said: tuple[str, Intent],
    language: str,
    is_loud: bool,  # noqa: FBT001
    end: str,
) -> None:
    text, meant = said

    assert classify((text.upper() if is_loud else text) + end, language=language) == meant
