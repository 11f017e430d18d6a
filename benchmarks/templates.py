"""Pages made from templates of our own, with every line known to be the site's or the article's.

A template is what a site puts around its articles, in one language: menus, bylines, share bars, lists, boxes, forms, footers.
In braces stand its slots. Their values come from pools, of which one half is for learning and the other is held out.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Template(NamedTuple):
    """What a site puts around its articles."""

    name: str
    domain: str
    head: str
    tail: str
    months: str


class Page(NamedTuple):
    """A page made from a template."""

    id: str
    url: str
    lines: list[str]
    chrome: list[bool]
    """For each line whether it is the site's."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


ENGLISH_MONTHS = "January February March April May June July August September October November December"
NAMES = (
    "Ada Obi|Linnea Brask|Tomas Reyes|Mei Tanaka|Jonas Falk|Priya Nair|Carla Bruni Sato|Henk de Wit|Olu Adeyemi|Ruth Kessler|"
    "Ivan Horvat|Sofia Lindqvist|Paul Achterberg|Nadia Haddad|Erik Solheim|Grace Mbeki|Dario Conti|"
    "Anna Wolska|Yusuf Kaya|Lea Roth"
).split("|")
SECTIONS = (
    "Harbour|Markets|Schools|Transport|Weather|Museums|Farming|Energy|Housing|Cycling|Chess|Gardens|Rivers|Bridges|Bakeries|"
    "Libraries|Forests|Theatre|Trains|Wells"
).split("|")
_SUBJECTS = (
    "ferry|mill|orchard|tram line|village school|lighthouse|fish market|quarry|bell tower|reading room|town band|ice rink|"
    "canal lock|bee garden|clock maker|night bus|salt works|stone bridge|wool fair|row of lime trees"
).split("|")
_DEEDS = (
    "reopens after|faces|survives|prepares for|is sold before|gains from|loses out in|returns despite|changes hands after|"
    "celebrates|waits for|moves because of"
).split("|")
_CAUSES = (
    "a hard winter|the spring flood|a long dispute|the census|a record harvest|the new timetable|"
    "a quiet summer|the storm of March|"
    "a change of owner|the county fair|a shortage of slate|the referendum"
).split("|")

TEMPLATES = (
    Template(
        "newspaper",
        "harbour-courier.example",
        "Harbour Courier|Home|Local news|Opinion pages|Sport|Jobs and notices|Sign in to your account|{section}|{headline}|"
        "By {name}, staff reporter|Published {month} {day}, {year} at {time}|{count} comments|"
        "Listen to this article ({small} min)",
        "Share this story|Copy the link|More from {section}|{other}|{other}|{other}|Get the Courier by e-mail every morning|"
        "Your e-mail address|Yes, send me the letter|About the Courier|Corrections and clarifications|Advertise with us|"
        "© {year} Harbour Courier Printing Company. All rights reserved.",
        ENGLISH_MONTHS,
    ),
    Template(
        "blog",
        "ovenandsalt.example",
        "Oven and Salt|Recipes A to Z|About the kitchen|Shop the pantry|{headline}|Posted by {name} on {month} {day}, {year}|"
        "Filed under {section}|This post may hold affiliate links; we may earn from them.",
        "Pin it for later|{count} people have saved this|Leave your thoughts|Name (required)|Mail (will not be shown)|Website|"
        "Save my name in this browser for my next remark|Previous post: {other}|Next post: {other}|"
        "Hello, I am the cook of this house|Built on a quiet theme by Plain Pages",
        ENGLISH_MONTHS,
    ),
    Template(
        "german",
        "talbote.example",
        "Talbote|Startseite|Aus der Region|Meinung und Debatte|Anzeigenmarkt|Abo-Angebote|{headline}|Von {name}|"
        "Stand: {day}. {month} {year}, {time} Uhr|Lesedauer: {small} Minuten|Merken Drucken Teilen",
        "Lesen Sie auch|{other}|{other}|{other}|Newsletter des Talboten|Täglich das Wichtigste aus dem Tal in Ihrem Postfach|"
        "Jetzt kostenlos anmelden|{count} Leserkommentare|Kommentar verfassen|Impressum|Datenschutzhinweise|"
        "AGB|Über den Talboten",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    ),
    Template(
        "french",
        "lecanal.example",
        "Le Canal|À la une|Nos régions|Idées et débats|Carnet du jour|S’abonner au Canal|{headline}|Par {name}|"
        "Publié le {day} {month} {year} à {time}|Temps de lecture : {small} min",
        "Partager l’article|Envoyer par courriel|À lire aussi|{other}|{other}|"
        "Inscrivez-vous à notre lettre du matin|Votre adresse|"
        "Je m’inscris à la lettre|{count} réactions|Réagir à cet article|Mentions légales|"
        "Gestion des cookies|Qui sommes-nous au Canal ?",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    ),
    Template(
        "spanish",
        "elmolino.example",
        "El Molino|Portada|Últimas noticias de la comarca|Opinión y cartas|Suscríbete desde 1 €|{headline}|Por {name}|"
        "{day} de {month} de {year}|Actualizado a las {time}",
        "Compartir en redes|Te puede interesar|{other}|{other}|{other}|Recibe El Molino cada mañana|Correo electrónico|"
        "Quiero recibirlo|Comentarios ({count})|Normas de participación|Aviso legal|Política de privacidad|"
        "Quiénes somos en El Molino",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    ),
    Template(
        "italian",
        "ilponte.example",
        "Il Ponte|Prima pagina|Cronaca della valle|Lettere al giornale|Abbonati al Ponte|{headline}|di {name}|"
        "Pubblicato il {day} {month} {year} alle {time}|{small} minuti di lettura",
        "Condividi l’articolo|Leggi anche|{other}|{other}|Iscriviti alla lettera del mattino|Il tuo indirizzo|Mi iscrivo|"
        "{count} commenti dei lettori|Scrivi un commento|Note legali|Informativa sui dati|La redazione del Ponte|P. IVA {tax}",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    ),
    Template(
        "polish",
        "kurierdoliny.example",
        "Kurier Doliny|Strona główna|Wiadomości z doliny|Opinie i listy|Ogłoszenia drobne|{headline}|Autor: {name}|"
        "Opublikowano {day} {month} {year}, {time}",
        "Udostępnij artykuł|Zobacz także|{other}|{other}|Zapisz się do biuletynu Kuriera|Twój adres|Zapisuję się|"
        "Komentarze: {count}|Dodaj komentarz|Regulamin serwisu|Polityka prywatności|O Kurierze",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    ),
    Template(
        "russian",
        "prystan.example",
        "Пристань|Главная|Новости долины|Мнения и письма|Подписка на газету|{headline}|Автор: {name}|"
        "{day} {month} {year}, {time}|Время чтения: {small} мин.",
        "Поделиться статьёй|Читайте также|{other}|{other}|Подпишитесь на утреннюю рассылку|Ваш адрес|Подписаться на рассылку|"
        "Комментарии ({count})|Оставить отзыв|Пользовательское соглашение|О редакции «Пристани»|Реклама на сайте «Пристани»",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    ),
    Template(
        "turkish",
        "limanpostasi.example",
        "Liman Postası|Ana Sayfa|Bölge Haberleri|Köşe Yazıları|Abone Olun|{headline}|Yazan: {name}|"
        "Yayınlanma: {day} {month} {year} {time}",
        "Haberi Paylaş|İlginizi Çekebilir|{other}|{other}|Sabah bültenimize kaydolun|E-posta adresiniz|Bültene Kaydol|"
        "{count} Yorum|Yorumunuzu Yazın|Künye|Kişisel Verilerin Korunması|Liman Postası Hakkında",
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    ),
    Template(
        "japanese",
        "minatonippo.example",
        "港日報|トップページ|地域のニュース|社説と投書|購読のご案内|{headline}|記者：{name}|{year}年{number}月{day}日 {time}",
        "この記事をシェアする|関連記事|{other}|{other}|朝のメールマガジンに登録|メールアドレスを入力|登録する|"
        "コメント {count} 件|コメントを書く|利用規約|プライバシーポリシー|港日報について|© {year} 港日報社 無断転載を禁じます",
        ENGLISH_MONTHS,
    ),
    Template(
        "arabic",
        "almina.example",
        "جريدة الميناء|الصفحة الرئيسية|أخبار الوادي|رأي ورسائل|اشترك في الجريدة|{headline}|بقلم: {name}|"
        "نشر في {day}/{number}/{year} الساعة {time}",
        "شارك هذا المقال|اقرأ أيضا|{other}|{other}|اشترك في نشرة الصباح|بريدك الإلكتروني|اشترك الآن|"
        "التعليقات ({count})|أضف تعليقك|"
        "شروط الاستخدام|سياسة الخصوصية|عن جريدة الميناء",
        ENGLISH_MONTHS,
    ),
    Template(
        "forum",
        "tinkerers.example",
        "Tinkerers’ Bench|Boards|Members|Rules of the bench|Search the boards|Log on|Board index › {section}|{headline}|"
        "Started by {name}, {month} {day} {year}|{count} replies · {count} views",
        "Reply to this topic|Mark all boards read|Users browsing this board: {small}|Similar topics|{other}|{other}|"
        "All times are UTC|Contact the caretakers|Powered by Bench software, version {small}.{small}",
        ENGLISH_MONTHS,
    ),
)
"""Twelve, in ten languages."""


_SHAPES = (
    "{subject} {deed} {cause}",
    "Why the {subject} {deed} {cause}",
    "{section}: {subject} {deed} {cause}",
    "After {cause}, what becomes of the {subject}?",
    "“It was never about the {subject}”",
    "Three lessons that {cause} taught the {subject}",
    "{cause} and the {subject}: a letter from the valley",
    "How {name} saved a {subject}",
    "{name} on {section} and {cause}",
    "{subject} or {other}: the valley decides",
)


def headline(pick: random.Random) -> str:
    """A headline, one of some 30,000."""
    shape = pick.choice(_SHAPES)
    text = shape.format(
        subject=pick.choice(_SUBJECTS),
        other=pick.choice(_SUBJECTS),
        deed=pick.choice(_DEEDS),
        cause=pick.choice(_CAUSES),
        section=pick.choice(SECTIONS),
        name=pick.choice(NAMES),
    )
    return text[0].upper() + text[1:]


def make(template: Template, articles: Sequence[str], *, held_out: bool = False, seed: int = 0) -> list[Page]:
    """A page for each of the `articles`, texts in lines; slots are filled from the one half of the pools or the other."""
    pages = []
    for number, article in enumerate(articles):
        pick = random.Random(f"{template.name} {seed} {held_out} {number}")
        title = headline(pick)
        head = [_filled(line, template, title, pick, held_out=held_out) for line in template.head.split("|")]
        tail = [_filled(line, template, title, pick, held_out=held_out) for line in template.tail.split("|")]
        body = [line.strip() for line in article.splitlines() if line.strip()]
        lines = [*head, *body, *tail]
        chrome = [*(line != title for line in head), *([False] * len(body)), *([True] * len(tail))]
        name = f"{template.name}-{'held-' if held_out else ''}{number:04}"
        pages.append(Page(name, f"https://www.{template.domain}/{name}", lines, chrome))
    return pages


def _filled(line: str, template: Template, title: str, pick: random.Random, *, held_out: bool) -> str:
    half = slice(1, None, 2) if held_out else slice(0, None, 2)
    values: Mapping[str, Callable[[], str]] = {
        "headline": lambda: title,
        "other": lambda: headline(pick),
        "name": lambda: pick.choice(NAMES[half]),
        "section": lambda: pick.choice(SECTIONS[half]),
        "month": lambda: pick.choice(template.months.split()),
        "number": lambda: str(pick.randint(1, 12)),
        "day": lambda: str(pick.randint(1, 28)),
        "year": lambda: str(pick.randint(2021, 2023) if held_out else pick.randint(2015, 2020)),
        "time": lambda: f"{pick.randint(0, 23):02}:{pick.randint(0, 59):02}",
        "count": lambda: f"{pick.randint(2, 4_000):,}",
        "small": lambda: str(pick.randint(2, 19)),
        "tax": lambda: str(pick.randint(10**10, 10**11)),
    }
    for slot, value in values.items():
        while f"{{{slot}}}" in line:
            line = line.replace(f"{{{slot}}}", value(), 1)
    return line
