"""Five clients, one for each language and tone, and what the owner says to them in their own words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client as the config has her, and the owner's own words for her: reasons, points, decisions."""

    language: str
    tone: str
    salutation: str
    zone: str
    agenda: tuple[str, ...]
    greeting: str
    announced: str
    longer: str
    late: str
    overran: str
    added: str
    decided: str
    open: str
    prep: str
    share: str
    redirect: str

    @property
    def name(self) -> str:
        """How the page of her mails, and a test, is called."""
        return f"{self.language}.{self.tone}"


ENGLISH = Client(
    language="en",
    tone="formal",
    salutation="Rosa",
    zone="Europe/London",
    agenda=("Where we are 10m", "Decisions"),
    greeting="Hi Rosa,",
    announced="This year two new projects began, and my afternoons got shorter",
    longer="we settle the launch date, and I'd rather do that in one go",
    late="my train is stuck outside the city",
    overran="the contract couldn't wait",
    added="Photos for the front page 10m",
    decided="the front page goes live on 1 December",
    open="Captions",
    prep="the three photos you like best",
    share="I baked bread on Sunday",
    redirect="Let me take us back to your project.",
)
TURKISH_SIZ = Client(
    language="tr",
    tone="formal",
    salutation="Ayşe Hanım",
    zone="Europe/Istanbul",
    agenda=("Son durum 10m", "Kararlar"),
    greeting="Merhaba Ayşe Hanım,",
    announced="Bu yıl iki yeni proje başladı ve günlerim kısaldı",
    longer="yayın tarihini bu görüşmede kesinleştiriyoruz",
    late="trenim yolda bekliyor",
    overran="sözleşme bekleyemezdi",
    added="Ana sayfa fotoğrafları 10m",
    decided="ana sayfa 1 Aralık'ta yayına giriyor",
    open="Fotoğraf altı yazıları",
    prep="en beğendiğiniz üç fotoğraf",
    share="pazar günü ekmek yaptım",
    redirect="İzninizle projenize dönelim.",
)
TURKISH_SEN = Client(
    language="tr",
    tone="close",
    salutation="Ayşe",
    zone="Europe/Istanbul",
    agenda=TURKISH_SIZ.agenda,
    greeting="Merhaba Ayşe,",
    announced=TURKISH_SIZ.announced,
    longer=TURKISH_SIZ.longer,
    late=TURKISH_SIZ.late,
    overran=TURKISH_SIZ.overran,
    added=TURKISH_SIZ.added,
    decided=TURKISH_SIZ.decided,
    open=TURKISH_SIZ.open,
    prep="en beğendiğin üç fotoğraf",
    share=TURKISH_SIZ.share,
    redirect="Hadi projene dönelim.",
)
GERMAN_SIE = Client(
    language="de",
    tone="formal",
    salutation="Frau Berger",
    zone="Europe/Berlin",
    agenda=("Stand der Dinge 10m", "Entscheidungen"),
    greeting="Guten Tag Frau Berger,",
    announced="Dieses Jahr sind zwei neue Projekte dazugekommen, und meine Tage sind kürzer geworden",
    longer="Wir legen den Starttermin fest",
    late="Mein Zug steht auf freier Strecke",
    overran="Der Vertrag konnte nicht warten",
    added="Fotos für die Startseite 10m",
    decided="die Startseite geht am 1. Dezember online",
    open="Bildunterschriften",
    prep="die drei Fotos, die Ihnen am besten gefallen",
    share="ich habe am Sonntag Brot gebacken",
    redirect="Kommen wir zurück zu Ihrem Projekt.",
)
GERMAN_DU = Client(
    language="de",
    tone="close",
    salutation="Lena",
    zone="Europe/Berlin",
    agenda=GERMAN_SIE.agenda,
    greeting="Hallo Lena,",
    announced=GERMAN_SIE.announced,
    longer=GERMAN_SIE.longer,
    late=GERMAN_SIE.late,
    overran=GERMAN_SIE.overran,
    added=GERMAN_SIE.added,
    decided=GERMAN_SIE.decided,
    open=GERMAN_SIE.open,
    prep="die drei Fotos, die dir am besten gefallen",
    share=GERMAN_SIE.share,
    redirect="Zurück zu deinem Projekt.",
)
CLIENTS = (ENGLISH, TURKISH_SIZ, TURKISH_SEN, GERMAN_SIE, GERMAN_DU)
