"""What short texts mean: carrier words, opt-outs in people's own words, answers, and ordinary talk that is none."""

# ruff: noqa: RUF001 -- other alphabets are the point

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.keywords import (
    Check,
    Choice,
    Help,
    Intent,
    Language,
    MaybeStop,
    No,
    Nothing,
    Start,
    Stop,
    StopOne,
    Thanks,
    WrongNumber,
    Yes,
    classify,
)

REAL_TEXTS = Path(__file__).parents[4] / "shared" / "data" / "sms"


def read(text: str, language: str = "en") -> Intent:
    return classify(text, language=language)


CARRIER_WORDS = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"]


@pytest.mark.parametrize("word", CARRIER_WORDS)
@pytest.mark.parametrize(
    "form", ["{}", "{}.", " {}! ", '"{}"', "{} please", "Please {}", "{}. Thank you", "🛑 {} 🛑", "({})"]
)
def test_a_carrier_word_in_any_dress_is_an_opt_out(word: str, form: str) -> None:
    for text in (form.format(word), form.format(word.lower()), form.format(word.title())):
        assert read(text) == Stop()


OPT_OUTS = [
    "Stop. Thank you",
    "please stop texting me",
    "stop texting this number",
    "STOP TEXTING ME!!!",
    "Can you please stop texting me",
    "stop all messages",
    "stop sending me these texts",
    "please stop sending me reminders",
    "stop messaging me",
    "stop contacting me",
    "do not text me",
    "don't text me again",
    "Dont message me anymore",
    "do not contact me",
    "never text me again",
    "dont send me any more messages",
    "i don't want these texts",
    "I do not want any more reminders",
    "no more texts",
    "no more messages please",
    "take me off your list",
    "remove me from your list",
    "remove my number from the list",
    "delete my number",
    "lose my number",
    "opt out",
    "Opt-out",
    "I want to opt out",
    "opt me out please",
    "i would like to unsubscribe",
    "unsubscribe me",
    "unsubscribe please",
    "stop stop stop",
    "STOP please I moved away",
    "I withdraw my consent",
    "wrong number stop texting me",
    "no más",
    "No más mensajes por favor",
    "no me escriban más",
    "no me manden mensajes",
    "dejen de escribirme",
    "deje de mandar mensajes",
    "ya no quiero recibir mensajes",
    "no quiero más mensajes",
    "quítenme de su lista",
    "ALTO",
    "baja",
    "darme de baja",
    "не пишіть мені",
    "Не пишіть мені більше!",
    "більше мені не пишіть",
    "припиніть надсилати",
    "відпишіть мене",
    "не хочу отримувати повідомлення",
    "стоп",
    "не пишите мне больше",
    "больше не пишите",
    "прекратите присылать сообщения",
    "хватит мне писать",
    "отпишите меня",
    "удалите мой номер",
    "не хочу получать эти смс",
    "отписаться",
    "توقف",
    "إيقاف",
    "إلغاء الاشتراك",
    "لا ترسلوا لي رسائل",
    "لا أريد المزيد من الرسائل",
    "توقفوا عن مراسلتي",
    "ARRÊT",
    "ne m'écrivez plus",
    "arrêtez de m'envoyer des messages",
    "plus de messages svp",
    "désabonnez-moi",
    "não me mande mais mensagens",
    "pare de me enviar mensagens",
    "não quero mais mensagens",
    "sair",
    "dừng lại",
    "đừng nhắn tin cho tôi",
    "không nhắn tin nữa",
    "문자 보내지 마세요",
    "수신 거부",
    "중지",
    "itigil",
    "huwag na kayong mag-text",
    "itigil ang pagpapadala",
    "sispann",
    "sispann voye mesaj ban mwen",
    "pa voye mesaj ankò",
    "停止",
    "退订",
    "不要再给我发短信",
    "别发了",
]

NOT_OPT_OUTS = [
    "don't stop texting me",
    "please don't stop the reminders",
    "did you stop sending reminders?",
    "never stop believing",
    "bus stop on 5th, be there soon",
    "I stopped by the court today",
    "At the bus stop waiting",
    "stop by when you can",
    "stop at the store",
    "the rain won't stop",
    "can I stop by the clerk's office tomorrow?",
    "will it end by noon?",
    "my class will end at 4 so i can come after",
    "at the end of the week",
    "weekend is fine",
    "end of march",
    "did they cancel it?",
    "was it cancelled",
    "my lawyer said it is cancelled",
    "can I cancel my hearing?",
    "I need to cancel work that day",
    "I quit my job so I can come",
    "quit smoking program is where?",
    "i am going to quit school",
    "start at 3?",
    "when does it start",
    "I need help with a ride",
    "can someone help me find the room",
    "thanks for the help",
    "info about parking?",
    "yes",
    "Yes I can",
    "no",
    "no problem",
    "no worries, see you there",
    "no way I'm late",
    "ok",
    "who is my lawyer",
    "where do I park",
    "what time",
    "I can't make it",
    "I have no ride",
    "my number is 595096",
    "CR-2026-000101",
    "text me the address please",
    "send me the reminder again",
    "I did not get the message",
    "I want the reminders",
    "please text me in Spanish",
    "call me",
    "que no pare la audiencia",
    "no puedo ir",
    "no entiendo el mensaje",
    "más tarde por favor",
    "¿a qué hora termina?",
    "не смогу прийти",
    "не понимаю",
    "напишите мне адрес",
    "не можу знайти суд",
    "коли закінчиться засідання",
    "où est la salle",
    "je ne peux pas venir",
    "não posso ir",
    "đúng",
    "được",
    "không hiểu",
    "몇 시에 끝나요",
    "saan po ang korte",
    "ki kote tribinal la ye",
    "什么时候结束",
    "متى تنتهي الجلسة",
    "لا افهم",
]


@pytest.mark.parametrize("text", OPT_OUTS)
def test_an_opt_out_in_ones_own_words_is_certain(text: str) -> None:
    assert read(text) == Stop()


@pytest.mark.parametrize("text", NOT_OPT_OUTS)
def test_ordinary_talk_is_no_opt_out(text: str) -> None:
    assert not isinstance(read(text), Stop | StopOne)


def test_precision_and_recall_over_the_corpus_are_one_and_doubt_is_rare() -> None:
    hits = sum(read(text) == Stop() for text in OPT_OUTS)
    false_alarms = sum(read(text) == Stop() for text in NOT_OPT_OUTS)
    asked_for_nothing = sum(read(text) == MaybeStop() for text in NOT_OPT_OUTS)

    assert len(OPT_OUTS) >= 60
    assert len(NOT_OPT_OUTS) >= 60
    assert hits / len(OPT_OUTS) == 1
    assert hits / (hits + false_alarms) == 1
    assert asked_for_nothing <= len(NOT_OPT_OUTS) // 20


@pytest.mark.parametrize(
    "text", ["stop it", "leave me alone", "enough", "how do I stop these texts?", "dung", "🛑", "go away"]
)
def test_a_likely_opt_out_is_asked_about_once(text: str) -> None:
    assert read(text) == MaybeStop()


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("STOP 2", "2"),
        ("stop #2", "2"),
        ("stop case 2", "2"),
        ("STOP 02", "STOP 02"),
        ("STOP CR-2026-000101", "CR2026000101"),
        ("stop reminders for CR 2026 000101", "CR2026000101"),
        ("стоп 1", "1"),
        ("Alto 3", "3"),
        ("Stop 2 please", "2"),
    ],
)
def test_stop_for_one_case_is_not_stop_for_all(text: str, subject: str) -> None:
    found = read(text)
    if subject == "STOP 02":  # no list has a number 02: ask rather than guess
        assert not isinstance(found, StopOne)
    else:
        assert found == StopOne(subject)


@pytest.mark.parametrize(
    "text", ["START", "unstop", "Start please", "начать", "почати", "ابدأ", "bắt đầu", "시작", "开始"]
)
def test_start_is_its_own_word(text: str) -> None:
    assert read(text) == Start()


def test_yes_is_never_start() -> None:
    assert read("YES") == Yes()


@pytest.mark.parametrize(
    "text", ["HELP", "info", "help please", "?", "ayuda", "помощь", "допомога", "مساعدة", "who is this?"]
)
def test_help_is_understood(text: str) -> None:
    assert read(text) == Help()


@pytest.mark.parametrize(
    "text",
    [
        "WRONG",
        "wrong number",
        "You have the wrong person",
        "sorry wrong number!",
        "número equivocado",
        "se equivocó de número",
        "ошиблись номером",
        "ви помилилися номером",
        "الرقم خطأ",
        "mauvais numéro",
        "nhầm số rồi",
        "잘못 보내셨어요",
        "打错了",
        "maling numero po",
        "número errado",
    ],
)
def test_a_wrong_number_says_so_in_many_languages(text: str) -> None:
    assert read(text) == WrongNumber()


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("LANG", None),
        ("idioma", None),
        ("язык", None),
        ("español", "es"),
        ("Espanol por favor", "es"),
        ("por favor en español", "es"),
        ("I speak only Spanish", "es"),
        ("по-русски", "ru"),
        ("на русском", "ru"),
        ("українською", "uk"),
        ("عربي", "ar"),
        ("بالعربية", "ar"),
        ("English", "en"),
        ("in English please", "en"),
        ("lang es", "es"),
        ("中文", "zh_Hans"),
        ("tiếng Việt", "vi"),
        ("한국어", "ko"),
        ("Tagalog po", "fil"),
        ("kreyòl", "ht"),
        ("português", "pt_BR"),
        ("français", "fr"),
    ],
)
def test_a_language_is_asked_for_by_its_name(text: str, tag: str | None) -> None:
    assert read(text) == Language(tag)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("yes", "en"),
        ("Yes!", "en"),
        ("yes please", "en"),
        ("Yes I can", "en"),
        ("yes, I will be there", "en"),
        ("yep", "en"),
        ("👍", "en"),
        ("👍🏽", "en"),
        ("✅", "ru"),
        ("так", "uk"),
        ("Так, дякую", "uk"),
        ("да", "ru"),
        ("sí", "es"),
        ("si gracias", "es"),
        ("نعم", "ar"),
        ("oui", "fr"),
        ("sim", "pt_BR"),
        ("vâng", "vi"),
        ("co", "vi"),
        ("네", "ko"),
        ("opo", "fil"),
        ("wi", "ht"),
        ("是的", "zh_Hans"),
    ],
)
def test_yes_is_yes_in_every_language(text: str, language: str) -> None:
    assert read(text, language) == Yes()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no", "en"),
        ("Nope", "en"),
        ("No I can't", "en"),
        ("no sorry i cant come", "en"),
        ("can't make it", "en"),
        ("👎", "en"),
        ("no puedo ir", "es"),
        ("нет", "ru"),
        ("не смогу", "ru"),
        ("ні", "uk"),
        ("لا", "ar"),
        ("non", "fr"),
        ("não", "pt_BR"),
        ("không", "vi"),
        ("아니요", "ko"),
        ("hindi", "fil"),
        ("不是", "zh_Hans"),
    ],
)
def test_no_is_no_in_every_language(text: str, language: str) -> None:
    assert read(text, language) == No()


@pytest.mark.parametrize(
    "text",
    [
        "yes but I can't get a ride",
        "Yes, but I will be late",
        "yes if I find a ride",
        "yes when is it again?",
        "sí pero no tengo carro",
        "да, но я опоздаю",
        "так, але запізнюся",
        "oui mais je travaille",
        "Yes and my brother who lives in Fairbanks comes too",
    ],
)
def test_a_yes_with_a_but_is_no_bare_yes(text: str) -> None:
    assert read(text) == Yes(hedged=True)


@pytest.mark.parametrize(
    "text", ["no problem", "no entiendo", "no sé", "No idea", "no it was cancelled yeah", "not sure", "maybe"]
)
def test_what_only_sounds_like_a_no_is_not_recorded_as_one(text: str) -> None:
    assert not isinstance(read(text), No | Yes)


def test_a_word_of_a_neighbouring_language_is_no_answer() -> None:
    assert read("так", "ru") == Nothing()
    assert read("hindi", "en") == Nothing()
    assert read("co", "es") == Nothing()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", Choice(1)),
        ("2.", Choice(2)),
        ("#3", Choice(3)),
        ("1️⃣", Choice(1)),
        ("٢", Choice(2)),
        ("option 2", Choice(2)),
        ("2 please", Choice(2)),
        ("uno", Choice(1)),
        ("2 yes", Choice(2, "yes", Yes())),
        ("yes 2", Choice(2, "yes", Yes())),
        ("yes to 2", Choice(2, "yes to", Yes())),
        ("1 no", Choice(1, "no", No())),
        ("2 sí", Choice(2, "sí", Yes())),
        ("3 where do I park?", Choice(3, "where do i park")),
    ],
)
def test_a_number_is_a_choice_and_keeps_what_follows(text: str, expected: Choice) -> None:
    found = read(text)
    assert isinstance(found, Choice)
    assert (found.number, found.meaning) == (expected.number, expected.meaning)
    assert found.remainder.removesuffix(" to") == expected.remainder.removesuffix(" to")


@pytest.mark.parametrize(
    "text", ["10 minutes late", "5 pm", "2 days ago", "9:30", "0", "907 555 0134", "3 kids with me", "2026"]
)
def test_a_number_that_counts_something_chooses_nothing(text: str) -> None:
    assert not isinstance(read(text), Choice)


@pytest.mark.parametrize("text", ["CHECK", "is this real?", "Is this a scam", "check Court: you owe $6.99", "estafa"])
def test_doubt_about_a_message_is_a_check(text: str) -> None:
    assert read(text) == Check()


@pytest.mark.parametrize(
    "text", ["thanks", "ok thanks", "Thank you so much", "gracias", "спасибо", "дякую", "شكرا", "🙏", "ok thx 👍"]
)
def test_courtesy_needs_no_answer(text: str) -> None:
    assert read(text) == Thanks()


@pytest.mark.parametrize("text", ["ok", "Okay!", "хорошо", "vale", "добре"])
def test_a_bare_ok_agrees_without_promising(text: str) -> None:
    assert read(text) == Thanks(agrees=True)


@given(st.text(max_size=200), st.sampled_from(["en", "es", "vi", "ru", ""]))
def test_no_text_whatever_raises(text: str, language: str) -> None:
    assert isinstance(classify(text, language=language), Intent)


@given(st.sampled_from(CARRIER_WORDS), st.text(" .!,-*\n\t🙂🛑\u200b", max_size=6), st.text(" .!?\n🙂", max_size=6))
def test_a_carrier_word_is_found_under_any_punctuation(word: str, before: str, after: str) -> None:
    assert read(before + word + after) == Stop()


def real(name: str) -> list[str]:
    path = REAL_TEXTS / name
    if not path.exists():
        pytest.skip(f"the corpus {name} is not on this machine")
    return [row if isinstance(row, str) else row["text"] for row in json.loads(path.read_text(encoding="utf-8"))]


def test_none_of_150_ordinary_texts_with_carrier_words_in_them_is_an_opt_out() -> None:
    texts = real("keyword_words_in_ordinary_sms_150.json")
    assert [text for text in texts if isinstance(read(text), Stop | StopOne)] == []
    assert sum(read(text) == MaybeStop() for text in texts) <= 2


@pytest.mark.parametrize("name", ["uci_ham_sample800.json", "short_replies_400.json"])
def test_none_of_the_ordinary_texts_is_an_opt_out(name: str) -> None:
    assert [text for text in real(name) if isinstance(read(text), Stop | StopOne | MaybeStop)] == []
