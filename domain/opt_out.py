"""Opt-outs in people's own words: no list of commands ends what somebody may say to be left in peace.

A phrase here must be certain in any message, however long; what is only likely is a MaybeStop. The patterns are
read against text without accents, apostrophes and punctuation, in lower case; Vietnamese with its marks.
"""

# ruff: noqa: RUF001 -- Cyrillic letters are meant as such

import re

from domain.phrases import any_phrase

_TEXTS = r"(?:texts?|texting|messages?|msgs?|sms|reminders?|notifications?|alerts?|txts?)"
_ME = r"(?:me|us|this (?:number|phone)|my (?:phone|number|cell)|here)"
_FILL = r"(?:(?:any|all|the|these|those|this|your|more|anymore|of|sending|me|to|get|getting|receive|receiving|want) )*"

_PHRASES = (
    # English
    (
        rf"\b(?:stop|quit|cease|discontinue) (?:texting|messaging|msging|contacting|bothering|spamming|"
        rf"harassing|writing|txting)(?: to)?(?: {_ME}\b|$)"
    ),
    (
        rf"\b(?:stop|quit|cease|end|cancel|discontinue) {_FILL}{_TEXTS}\b(?! (?:him|her|them|your|my "
        rf"(?:mom|mum|dad|wife|husband|friend)))"
    ),
    (
        rf"\b(?:dont|do not|never|please no longer|no longer) (?:ever )?(?:text|message|msg|txt|contact|"
        rf"write|write to) {_ME}(?: again| anymore| any more| ever| ever again| please| no more)*$"
    ),
    rf"\b(?:dont|do not|never) send {_FILL}{_TEXTS}\b",
    rf"\b(?:dont|do not) (?:want|need|wish) (?:{_FILL}){_TEXTS}\b",
    rf"\bno more (?:of )?(?:these |your |the )?{_TEXTS}\b",
    (
        r"\b(?:take|remove|get|delete) (?:me|my (?:number|phone|name)|this number)(?: number)? (?:off|"
        r"from|out of) (?:of )?(?:your|the|this|ur|all)\b"
    ),
    r"\b(?:delete|lose|erase|remove) my (?:number|phone number)\b",
    r"\b(?:want|like|wish|need|going|please) (?:to )?(?:opt out|unsubscribe)\b",
    r"\bopt me out\b",
    r"^(?:please |kindly |pls )*unsubscribe(?: me| us| this number)?(?: please| now| from .{1,40})?$",
    r"^(?:i (?:revoke|withdraw) (?:my )?consent)\b",
    r"^(?:stop )*stop$|^(?:please |pls |ok )*stop (?:please|pls|plz|now|already|thanks|thank you)\b",
    # Spanish
    (
        r"\bno me (?:escrib|mand|envi|molest|contact|text)(?:a|as|an|e|es|en|ais|eis|o)\b(?: mas| "
        r"mensajes| nada| textos)*"
    ),
    r"\bdej(?:a|e|en|ad) de (?:escribir|mandar|enviar|molestar|contactar|textear)",
    (
        r"\bno (?:mas|quiero|deseo|necesito)(?: mas| recibir| sus| estos| los| tus)* (?:mensajes|textos|"
        r"sms|recordatorios)\b"
    ),
    r"\b(?:quit|saqu|borr|elimin)(?:e|en|a|ar)(?:me| mi numero)\b",
    r"\bdar(?:me)? de baja\b",
    # French
    r"\bne m(?:ecri|envo|contact|appel)\w* plus\b",
    r"\barret(?:ez|e|er) (?:de m|les |vos |ces )",
    r"\bplus de (?:messages|sms|textos)\b",
    r"\b(?:desabonnez|desinscrivez|retirez|enlevez) moi\b",
    # Portuguese
    r"\bnao me (?:mand|envi|escrev|incomod|contat)\w+",
    r"\bpar(?:e|em|a) de (?:me )?(?:mandar|enviar|escrever|incomodar)",
    r"\bnao quero(?: mais| receber| suas| essas)* (?:mensagens|mensagem|sms|textos)\b",
    r"\b(?:me (?:tire|tira|remova)|remova me|retire me) da (?:sua )?lista\b",
    # Russian
    (
        r"\bне (?:пишите|пиши|присылаите|присылаи|шлите|беспокоите|звоните и не пишите)\b(?: мне| больше|"
        r" сюда| на этот номер|$)"
    ),
    r"\bбольше (?:мне )?не (?:пишите|пиши|присылаите|шлите)\b",
    r"\b(?:прекратите|перестаньте|хватит|прекрати|перестань) (?:мне )?(?:писать|присылать|слать|беспокоить)\b",
    r"\b(?:отпишите|удалите|уберите) (?:меня|мои номер)\b",
    r"\bне хочу (?:больше )?(?:получать|ваших|сообщении|эти)\b",
    # Ukrainian
    r"\bне (?:пишіть|пиши|надсилаите|надсилаи|присилаите|турбуите|шліть)\b(?: мені| більше| сюди| на цеи номер|$)",
    r"\bбільше (?:мені )?не (?:пишіть|пиши|надсилаите|шліть)\b",
    r"\b(?:припиніть|перестаньте|досить) (?:мені )?(?:писати|надсилати|слати|турбувати)\b",
    r"\b(?:відпишіть|видаліть|приберіть) (?:мене|міи номер)\b",
    r"\bне хочу (?:більше )?(?:отримувати|ваших|повідомлень|ці)\b",
    # Arabic
    (
        r"لا ترسل|لا تراسل|لا تكتبوا? ل|توقفوا? عن|اوقفوا? (?:الرسائل|ارسال)|الغاء الاشتراك|احذفوا? رقمي|"
        r"لا اريد (?:المزيد|رسائل|استلام|هذه)"
    ),
    # Haitian Creole
    r"\bsispann (?:voye|ekri|teks|rele|anbete)",
    r"\bpa (?:voye|ekri)(?: m| mwen| mesaj| teks)+(?: anko)?\b",
    r"\bpa vle (?:resevwa )?(?:mesaj|teks)",
    r"\bretire (?:m|mwen) (?:nan|sou) lis",
    # Filipino
    r"\b(?:itigil|tigilan|ihinto) (?:na |ninyo |nyo |niyo |mo |po |ang )*(?:pag|ako|text|mensahe|pagpapadala)",
    (
        r"\b(?:huwag|wag) (?:na |po |kayong |kang |ninyo |nyo |mo )*(?:mag ?text|mag ?padala|mag "
        r"?message|akong i ?text|ako)"
    ),
    r"\bayoko? (?:na )?(?:ng |nang |po )*(?:text|mensahe|makatanggap)",
    # Korean and Chinese part no words
    r"보내지 ?마|연락하지 ?마|그만 ?보내|수신 ?거부",
    r"(?:不要|别|別)再?(?:给我|給我)?再?(?:发|發|联系|聯繫|传|傳)|停止(?:给我|給我)?(?:发|發)|退订|退訂|取消(?:订阅|訂閱)",
)
_VIETNAMESE = (
    r"\b(?:dừng|ngừng|đừng|thôi) (?:có )?(?:nhắn|gửi|liên lạc)|không (?:muốn )?nhận (?:thêm )?tin|"
    r"không nhắn tin nữa|hủy đăng ký"
)

_MEANS_THE_OPPOSITE = (  # "do not stop" as an order; "you do not stop" is a complaint
    (
        r"\b(?:dont|do not|didnt|did not|never|cant|cannot|wont|havent|not|why did (?:you|u)|did (?:you|"
        r"u)|have (?:you|u)|"
        r"why have you|if (?:you|u|i)|when (?:will|do|did) (?:you|u)|no (?:pares|dejes)) "
        r"(?:ever |really |want to |to )?"
        r"(?:stop|stopped|quit|unsubscribe|opt|cancel|de)\b"
    ),
    r"\bne (?:vous )?arretez pas\b",
    r"\bне (?:прекращаи|прекращаите|переставаи|переставаите|припиняи|припиняите)\b",
    r"لا تتوقفوا\b",
    r"(?:不要|别|別)(?:停止|取消|退)",
)
_MAY_MEAN_THE_OPPOSITE = (  # "No, stop" and "do not stop" differ by a comma, which not everybody writes
    r"\bno dejen de\b",
    r"\bnao (?:pare|parem) de\b",
    r"^(?:tanpri |souple )*pa sispann\b",
    r"\b(?:huwag|wag) (?:na |po |mong |ninyong |nyong |niyong )*(?:itigil|tigilan|ihinto)\b",
    r"\bdung (?:co )?(?:dung|ngung|huy)\b",
)
_A_NO_BY_ITSELF = r"\b(?:no|nao|não|pa|huwag|wag|đừng)\s*[,.;:!\n-]"
_ONLY_ASKS = (
    r"^(?:how|can i|could i|what|do|does|is|why|como|как|як|comment)\b.*\b(?:stop|unsubscribe|opt out|"
    r"texts|messages|reminders|baja|отпис\w+|відпис\w+)\b"
)
_BEGINS_WITH_STOP = (
    r"^(?:please |pls |ok |just |yes )*(?:stop|stopp+|stahp|unsubscribe)\b(?! (?:by|at|"
    r"in|over|on|for|sign|and)\b)(?! (?!calling|sending|texting|messaging|contacting)\w+ing\b)"
)

_certain = any_phrase(_PHRASES)
_certain_in_vietnamese = re.compile(_VIETNAMESE).search
_means_the_opposite = any_phrase(_MEANS_THE_OPPOSITE)
_may_mean_the_opposite = any_phrase(_MAY_MEAN_THE_OPPOSITE)
_a_no_by_itself = re.compile(_A_NO_BY_ITSELF, re.IGNORECASE).search
_only_asks = re.compile(_ONLY_ASKS).match
_begins_with_stop = re.compile(_BEGINS_WITH_STOP).match
SHORT = 6
"""Words; a longer text that merely begins with "stop" tells a story."""


def is_certain(plain: str, marked: str, raw: str) -> bool:
    """Return whether the text asks not to be written to.

    `marked` is the same text with its accents, `raw` as it came: with its commas.
    """
    if _means_the_opposite(plain) or _only_asks(plain):
        return False
    if _may_mean_the_opposite(plain) and not _a_no_by_itself(raw):
        return False
    return _asks_for_it(plain, marked)


def is_likely(plain: str, marked: str) -> bool:
    """Return whether the text may ask it: they should be asked once, and nothing taken for granted."""
    if _means_the_opposite(plain):
        return False
    words = len(plain.split())
    if words <= 2 * SHORT and _only_asks(plain):
        return True
    if _may_mean_the_opposite(plain) and _asks_for_it(plain, marked):
        return True
    return words <= SHORT and _begins_with_stop(plain) is not None


def _asks_for_it(plain: str, marked: str) -> bool:
    return _certain(plain) or (not marked.isascii() and _certain_in_vietnamese(marked) is not None)
