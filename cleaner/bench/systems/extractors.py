"""Systems that read a page: extractors of main content, and dumpers of all its text."""

import functools
import json
import logging
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from multiprocessing.util import Finalize
from typing import Any

from cleaner.bench.systems import foreign
from cleaner.bench.systems.system import Answer, Run, Settings, System, text_of
from cleaner.text import Document

# Lines are not to be folded.
W3M_COLUMNS = 100_000


def _of_source(extract: Callable[[str], str | None]) -> Run:
    return lambda document: Answer(text=extract(text_of(document)) or "")


def _trafilatura(_settings: Settings, **options: Any) -> Run:
    from trafilatura import extract

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return _of_source(functools.partial(extract, **options))


def _resiliparse(_settings: Settings, **options: Any) -> Run:
    from resiliparse.extract.html2text import extract_plain_text

    return _of_source(functools.partial(extract_plain_text, **options))


def _justext(_settings: Settings) -> Run:
    import justext

    languages = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "ru": "Russian", "ar": "Arabic"}
    languages |= {"tr": "Turkish", "pt": "Portuguese"}
    stop_words = functools.cache(justext.get_stoplist)

    def run(document: Document) -> Answer:
        # It is for the caller to know the language; without a list it has a mode that does without.
        language = document.language or "en"
        known = stop_words(languages[language]) if language in languages else frozenset()
        options = {} if known else {"stopwords_low": 0, "stopwords_high": 0}
        paragraphs = justext.justext(text_of(document), known, **options)
        return Answer(text="\n\n".join(one.text for one in paragraphs if not one.is_boilerplate))

    return run


def _readability(_settings: Settings) -> Run:
    import html_text
    import readability

    logging.getLogger("readability").setLevel(logging.CRITICAL)
    return _of_source(lambda html: html_text.extract_text(readability.Document(html).summary()))


def _boilerpy3(_settings: Settings) -> Run:
    from boilerpy3 import extractors

    logging.getLogger("boilerpy3").setLevel(logging.CRITICAL)
    return _of_source(extractors.ArticleExtractor().get_content)


def _newspaper4k(_settings: Settings) -> Run:
    import newspaper

    def run(document: Document) -> Answer:
        article = newspaper.Article(document.url or "https://page.example/", fetch_images=False)
        article.download(input_html=text_of(document))
        article.parse()
        return Answer(text=article.text or "")

    return run


def _goose3(_settings: Settings) -> Run:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False, "strict": False})
    return _of_source(lambda html: goose.extract(raw_html=html).cleaned_text)


def _foreign(name: str, settings: Settings) -> Run:
    """An extractor of `foreign`: in this process where it is installed, in the second interpreter otherwise."""
    if BY_NAME[name].here():
        extract = foreign.EXTRACTORS[name]()
        return lambda document: Answer(text=extract(text_of(document), document.url))
    return _SecondInterpreter(name, settings)


class _SecondInterpreter:
    def __init__(self, name: str, settings: Settings) -> None:
        self._command = [settings.interpreter or "", foreign.__file__, name, str(settings.seconds)]
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, document: Document) -> Answer:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 (the caller's own)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"html": text_of(document), "url": document.url}).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the second interpreter ended with status {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return Answer(text=answer["text"], seconds=answer["seconds"])


def _magic_html(settings: Settings) -> Run:
    import html_text

    run = _foreign("magic-html", settings)

    def as_text(document: Document) -> Answer:
        answer = run(document)
        return Answer(text=html_text.extract_text(answer.text) if answer.text.strip() else "", seconds=answer.seconds)

    return as_text


def _html_text(_settings: Settings) -> Run:
    import html_text

    return _of_source(html_text.extract_text)


def _inscriptis(_settings: Settings) -> Run:
    import inscriptis

    return _of_source(inscriptis.get_text)


def _markdownify(_settings: Settings) -> Run:
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    def written(source: str) -> str:
        soup = BeautifulSoup(source, "lxml")
        for element in soup(["script", "style", "noscript", "template"]):
            element.decompose()
        markdown: str = MarkdownConverter(heading_style="ATX").convert_soup(soup)
        return markdown

    return _of_source(written)


def _all_strings(_settings: Settings) -> Run:
    """All that stands between tags, scripts and style sheets as well: what selectolax, lxml and XPath's `//text()` give."""
    from selectolax.lexbor import LexborHTMLParser

    return _of_source(lambda source: LexborHTMLParser(source).text(separator="\n"))


def _one_line(_settings: Settings) -> Run:
    """All strings of a page but its code, joined by spaces: what Beautiful Soup's `get_text(" ", strip=True)` gives as well."""
    from selectolax.lexbor import LexborHTMLParser

    def joined(source: str) -> str:
        page = LexborHTMLParser(source)
        page.strip_tags(["script", "style"])
        return " ".join(page.text(separator=" ").split())

    return _of_source(joined)


def _w3m(settings: Settings) -> Run:
    options = ["-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", str(W3M_COLUMNS)]
    return _by_program(["w3m", *options], settings)


def _lynx(settings: Settings) -> Run:
    return _by_program(["lynx", "-dump", "-stdin", "-assume_charset=utf-8", "-display_charset=utf-8"], settings)


def _pandoc(settings: Settings) -> Run:
    """As Markdown of GitHub's kind: pandoc leaves in it, as HTML, what it has no Markdown for."""
    return _by_program(["pandoc", "--from=html", "--to=gfm"], settings)


def _by_program(command: Sequence[str], settings: Settings) -> Run:
    def run(document: Document) -> Answer:
        source = text_of(document).encode("utf-8", "replace")
        done = subprocess.run(command, input=source, capture_output=True, check=True, timeout=settings.seconds)  # noqa: S603 (see the callers)
        return Answer(text=done.stdout.decode("utf-8", "replace"))

    return run


class _Browser:
    """The text of a page as Chromium shows it to a reader without scripts; pages are opened one after another."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.seconds
        self._driver: Any = None

    def __call__(self, document: Document) -> Answer:
        with tempfile.NamedTemporaryFile(suffix=".html") as page:
            page.write(b"\xef\xbb\xbf" + text_of(document).encode("utf-8", "replace"))
            page.flush()
            driver = self._started()
            driver.get(f"file://{page.name}")
            return Answer(text=driver.execute_script("return document.body ? document.body.innerText : ''"))

    def _started(self) -> Any:
        if self._driver is None:
            from selenium import webdriver

            options = webdriver.ChromeOptions()
            # Nothing that a page names is fetched, and none of its scripts run.
            for option in ("headless", "no-sandbox", "disable-dev-shm-usage", "host-resolver-rules=MAP * ~NOTFOUND"):
                options.add_argument(f"--{option}")
            options.page_load_strategy = "eager"
            self._driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
            self._driver.set_page_load_timeout(self._seconds)
            Finalize(self, _ended, (self._driver,), exitpriority=0)  # what `atexit` is to a worker process
            self._driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        return self._driver


def _ended(driver: Any) -> None:
    """End browser and driver at once: a worker has no time for the driver's own farewell."""
    driver.execute("quit")
    driver.service.process.kill()


SYSTEMS = (
    System(name="trafilatura", package="trafilatura", load=_trafilatura),
    System(name="trafilatura fast", package="trafilatura", load=functools.partial(_trafilatura, fast=True)),
    System(name="trafilatura precision", package="trafilatura", load=functools.partial(_trafilatura, favor_precision=True)),
    System(name="trafilatura recall", package="trafilatura", load=functools.partial(_trafilatura, favor_recall=True)),
    System(name="resiliparse", package="resiliparse", load=functools.partial(_resiliparse, main_content=True)),
    System(name="justext", package="justext", load=_justext),
    System(name="readability-lxml", package="readability-lxml", load=_readability),
    System(name="boilerpy3", package="boilerpy3", load=_boilerpy3),
    System(name="newspaper4k", package="newspaper4k", load=_newspaper4k),
    System(name="goose3", package="goose3", load=_goose3),
    System(name="magic-html", package="magic-html", load=_magic_html, second_interpreter=True),
    System(
        name="rs-trafilatura",
        package="rs-trafilatura",
        load=functools.partial(_foreign, "rs-trafilatura"),
        second_interpreter=True,
    ),
    System(name="resiliparse dump", package="resiliparse", load=functools.partial(_resiliparse, alt_texts=False)),
    System(name="inscriptis", package="inscriptis", load=_inscriptis),
    System(name="html-text", package="html-text", load=_html_text),
    System(name="markdownify", package="markdownify", load=_markdownify),
    System(name="all strings", package="selectolax", load=_all_strings),
    System(name="one line", package="selectolax", load=_one_line),
    System(name="w3m", program="w3m", load=_w3m),
    System(name="lynx", program="lynx", load=_lynx),
    System(name="pandoc", program="pandoc", load=_pandoc),
    System(name="browser", package="selenium", program="chromedriver", load=_Browser),
)
BY_NAME = {one.name: one for one in SYSTEMS}
