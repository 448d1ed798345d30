"""The words that mean something by themselves in a short reply, in every language that people write to courts in.

Latin words stand here without their accents, as hurried thumbs type them (`keywords` compares both forms).
Vietnamese keeps its marks: without them "stop", "right" and "do not" are one word. Sources: the carriers' own
lists (PROVIDERS: Twilio and FCC words), the field's multilingual opt-out lists, and everyday replies.
"""

# ruff: noqa: RUF001 -- Cyrillic and Greek letters are meant as such

import re

STOP = frozenset(
    re.findall(
        r"[^,\n]+",
        "stop,stopall,stop all,unsubscribe,end,quit,revoke,optout,opt out,cancel,no more,"
        "no more texts,unsubscribe me\n"
        "alto,parar,pare,paren,baja,detener,cancelar,basta,no mas,darme de baja\n"
        "arret,arreter,arretez,desabonner,desinscrire,desinscription\n"
        "sair,descadastrar,nao mais,chega\n"
        "стоп,отписаться,отписка,хватит,прекратите,отмена\n"
        "відписатися,відписка,досить,припиніть\n"
        "توقف,قف,ايقاف,اوقف,الغاء,الغاء الاشتراك\n"
        "dừng,dừng lại,ngừng,hủy,huỷ,hủy đăng ký\n"
        "중지,정지,그만,수신거부,수신 거부,취소\n"
        "itigil,ihinto,tigil,hinto\n"
        "sispann,dezabone\n"
        "停止,退订,退訂,取消,取消订阅,取消訂閱",
    )
)
"""The whole message, bar courtesy and punctuation: an opt-out, certain."""

STOP_ONE = frozenset(
    ["stop", "стоп", "alto", "parar", "pare", "baja", "arret", "توقف", "dừng", "sispann", "중지", "itigil", "停止"]
)
"""Before the number of a case: an opt-out of that one."""

MAYBE_STOP = frozenset(
    ["enough", "leave me alone", "go away", "stop it", "just stop", "dung", "dung lai", "rete", "ya basta", "tama na"]
)

START = frozenset(
    re.findall(
        r"[^,\n]+",
        "start,unstop,resume,start again,comenzar,empezar,iniciar,reanudar,commencer,reprendre,comecar,старт,начать,"
        "возобновить,почати,відновити,ابدا,bắt đầu,시작,simula,simulan,komanse,开始,開始",
    )
)

HELP = frozenset(
    re.findall(
        r"[^,\n]+",
        "help,info,help me,menu,who is this,whos this,who are you,ayuda,aide,ajuda,помощь,помогите,кто это,кто вы,"
        "допомога,допоможіть,хто це,хто ви,مساعدة,من انت,من هذا,trợ giúp,giúp,도움,도움말,누구세요,tulong,sino ito,ed,"
        "帮助,幫助,你是谁,quien es,quien eres,qui est ce,quem e",
    )
)

YES = frozenset(
    re.findall(
        r"[^,\n]+",
        "yes,y,yep,yup,yeah,yea,sure,of course,definitely,absolutely,confirm,confirmed,i will,ill be there,coming,"
        "i will be there,will be there,i can,yes sir,ill come,i am coming,im coming\n"
        "si,claro,por supuesto,confirmo,alli estare,ahi estare,voy,ire,si voy\n"
        "oui,ouais,bien sur,je confirme,je viens,je serai la\n"
        "sim,claro que sim,estarei la\n"
        "да,конечно,буду,приду,подтверждаю,я приду\n"
        "так,звісно,прийду,підтверджую,я прийду\n"
        "نعم,اجل,ايوه,ايوا,اي,اكيد,ساحضر\n"
        "có,vâng,dạ,đúng,ừ,được\n"
        "네,예,응,넵\n"
        "oo,opo,sige\n"
        "wi,se sa\n"
        "是,是的,对,好,好的,可以,会,會,我会来",
    )
)

NO = frozenset(
    re.findall(
        r"[^,\n]+",
        "no,n,nope,nah,i cant,i cannot,i wont,cant come,i cant come,i cannot come,cant make it,i cant make it,"
        "i wont be there,not coming,im not coming,wont be there\n"
        "no puedo,no puedo ir,no voy,no ire\n"
        "non,je ne peux pas,je ne viens pas\n"
        "nao,nao posso,nao vou\n"
        "нет,не могу,не смогу,не приду,не буду\n"
        "ні,не можу,не зможу,не прийду\n"
        "لا,كلا,لا استطيع,لن احضر\n"
        "không,không thể,tôi không thể đến\n"
        "아니요,아니오,아뇨,못 가요\n"
        "hindi po,hindi ako makakapunta\n"
        "mwen pa kapab,m pa kapab,m pap vini\n"
        "不,不是,不会,不會,不能,不行,不可以,我不能来",
    )
)

YES_IN = {"vi": frozenset({"co", "vang", "da"})}
NO_IN = {"vi": frozenset({"khong"}), "fil": frozenset({"hindi"})}
"""Words that mean it in this language only."""
FALSE_FRIENDS = {"ru": frozenset({"так"}), "pt_BR": frozenset({"si"})}
"""Words that mean yes in a neighbouring language, and in this one "so" or "if"."""

BUT = frozenset(
    re.findall(
        r"[^,\n]+",
        "but,however,unless,if,except,maybe,late,cant,cannot,wont,not,problem,ride,depends,try,pero,aunque,tarde,"
        "problema,mais,sauf,mas,porem,но,только,если,опоздаю,але,якщо,тільки,запізнюся,لكن,لكني,ولكن,اذا,nhưng,"
        "하지만,그런데,kaso,kung,men,si m",
    )
)
"""After a yes: it is not a bare yes."""

BUT_INSIDE = ("但", "可是", "不过", "不過", "지만", "لكن")
"""The same, in scripts where words are not parted by spaces."""

AFTER_NO = frozenset(
    re.findall(
        r"\w+",
        "i im ill we cant cannot can not wont will be able to come coming make it there go going"
        " that day sir maam sorry "
        "no nope yo puedo podre voy ire ir asistir lo siento senor je ne peux pas viens desole nao"
        " posso vou eu я не могу "
        "смогу приду буду извините можу зможу прийду вибачте لا استطيع لن احضر اسف",
    )
)
"""After a no: it stays one."""

AGREES = frozenset(
    re.findall(
        r"[^,\n]+",
        "ok,okay,okey,k,kk,oki,okie,alright,all right,fine,vale,bueno,esta bien,daccord,ок,хорошо,ладно,добре,гаразд,"
        "حسنا,تمام,đồng ý,알겠습니다,알겠어요,dako,行,嗯",
    )
)
"""Heard and understood; agreement only where something was offered, never a promise to come."""

COURTESY = frozenset(
    re.findall(
        r"[^,\n]+",
        "please,pls,plz,thank you,thank u,thanks,thankyou,thanx,thx,ty,tnx,now,already,hi,hello,hey,sir,maam,"
        "good morning,so much,very much,a lot,bye,god bless,have a good day,god bless you,"
        "por favor,gracias,muchas gracias,hola,ya,ahora,senor,senora,s il vous plait,sil vous plait,"
        "svp,stp,merci,bonjour,"
        "beaucoup,obrigado,obrigada,por gentileza,ola,пожалуйста,спасибо,большое спасибо,здравствуйте,привет,"
        "будь ласка,дякую,щиро дякую,добрий день,شكرا,من فضلك,رجاء,لو سمحت,مرحبا,cảm ơn,làm ơn,xin,xin chào,"
        "감사합니다,고맙습니다,제발,salamat,po,salamat po,mesi,tanpri,souple,谢谢,謝謝,请,請",
    )
)
"""What people say around the word that matters."""

WRONG_NUMBER = frozenset(
    re.findall(
        r"[^,\n]+",
        "wrong,wrong number,wrong person,wrong phone,wrong guy,wrong num,not me,"
        "equivocado,engano,ошибка номером,打错了,"
        "发错了,错号,號碼錯誤,号码错误",
    )
)

WRONG_NUMBER_PHRASES = (
    r"\bwrong (?:number|person|phone|guy|num)\b|\b(?:numero|persona) equivocad[oa]|\bequivoc\w+ de (?:numero|persona)",
    r"\b(?:mauvais|faux) numero|\berreur de (?:numero|personne)|\b(?:numero|pessoa) errad[oa]",
    r"\bне тот номер|\bне туда",
    r"\bошибл\w+|\bошибочныи номер|\bнеправильныи номер|\bне тои номер|\bпомилил\w+|\bпомилковии номер",
    r"رقم (?:خاطئ|غلط|خطا)|الرقم (?:خاطئ|غلط|خطا)|nham (?:so|nguoi)|sai so|잘못 (?:보내|거)|번호가 잘못|잘못된 번호",
    r"\bmali(?:ng)? (?:ang |po )*(?:ang )?numero|\bmove nimewo",
    r"打错|发错|錯號|号码错",
)
"""Anywhere in a short text without accents."""

LANGUAGE_WORDS = frozenset(
    re.findall(
        r"[^,\n]+",
        "lang,language,languages,idioma,idiomas,langue,lingua,язык,мова,لغة,اللغة,ngôn ngữ,언어,"
        "wika,lang lan,语言,語言",
    )
)

LANGUAGES = {
    name: tag
    for tag, names in {
        "en": "english,ingles,anglais,английский,английском,"
        "английски,англійська,англійською,انجليزي,الانجليزية,"
        "tiếng anh,영어,ingles po,angle,英语,英文,英語",
        "es": "espanol,spanish,castellano,espagnol,испанский,іспанська,الاسبانية,스페인어,西班牙语",
        "zh_Hans": "chinese,mandarin,chino,chinois,中文,汉语,漢語,普通话,简体中文,китайский",
        "vi": "vietnamese,vietnamita,tiếng việt,tieng viet",
        "ar": "arabic,arabe,عربي,العربية,عربية,بالعربية,بالعربي,арабский",
        "ru": "russian,ruso,russe,русский,русском,русски,русскии,руский",
        "uk": "ukrainian,ucraniano,українська,українською,украинский,мовою українською",
        "ht": "haitian,haitian creole,creole,kreyol,kreyol ayisyen,creole haitien",
        "pt_BR": "portuguese,portugues,portugais",
        "ko": "korean,coreano,한국어,한국말,조선말",
        "fil": "filipino,tagalog",
        "fr": "french,francais,frances,французский",
    }.items()
    for name in names.split(",")
}
"""How people name a language, in it and in others."""

LANGUAGE_CODES = {
    "en": "en",
    "es": "es",
    "zh": "zh_Hans",
    "vi": "vi",
    "ar": "ar",
    "ru": "ru",
    "uk": "uk",
    "ua": "uk",
    "ht": "ht",
    "pt": "pt_BR",
    "ko": "ko",
    "fil": "fil",
    "tl": "fil",
    "fr": "fr",
}
"""After LANG: "LANG es"."""

AROUND_LANGUAGE = frozenset(
    re.findall(
        r"\w+",
        "in en em an i speak only solo do you habla hablo language lang idioma по на auf ang sa nan want change to",
    )
)
"""Small words beside a language's name: "in English", "по-русски", "I speak only Spanish"."""

NUMBER_WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "uno": 1,
    "dos": 2,
    "tres": 3,
    "один": 1,
    "два": 2,
    "три": 3,
    "deux": 2,
    "trois": 3,
    "um": 1,
    "dois": 2,
}

AFTER_A_NUMBER = frozenset(
    re.findall(
        r"\w+",
        "minute minutes min mins hour hours hr hrs day days week weeks month months year years am pm oclock kids "
        "children people times percent dollars bucks o minutos horas dias минут часов дней хвилин годин днів more of",
    )
)
"""What follows a number that counts something and chooses nothing."""

CHECK = frozenset(
    re.findall(
        r"[^,\n]+",
        "check,scam,is this real,is this a scam,is this legit,is it real,is it a scam,are you real,is this spam,"
        "es real,es una estafa,estafa,es esto real,это мошенники,это правда,это развод,це шахраї,"
        "це правда,هل هذا حقيقي,"
        "هل هذه رسالة حقيقية,c est une arnaque,cest une arnaque,arnaque,e golpe,lừa đảo,사기,这是诈骗吗,是真的吗",
    )
)

YES_EMOJI = frozenset("👍👌✅✔☑🆗")
NO_EMOJI = frozenset("👎❌✖🚫")
THANKS_EMOJI = frozenset("🙏❤🙂😊😀💙💚🤝🫡😁🥰")
STOP_EMOJI = frozenset("🛑✋")
