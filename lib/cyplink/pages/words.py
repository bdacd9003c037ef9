"""The pages' sentences, for a councillor: plain words, counts as they may be shown, and how sure one can be."""

from html import escape

from cyplink.disclosure import Profile
from cyplink.pages.facts import Facts, Rate
from cyplink.pages.figures import NOT_OBSERVABLE, Figures


def per_hundred(share: float) -> str:
    return f"{share * 100:.0f} in every 100"


def answer(own: Figures) -> str:
    """The one sentence a reader takes away."""
    if own.share is not None:
        return (
            f"About {per_hundred(own.share)} of {of_whom(own)} whose care we could follow were in contact with NHS "
            f"mental-health services in the year to {own.last_day}."
        )
    if own.status == NOT_OBSERVABLE:
        return f"We cannot say how many were in contact with NHS mental-health services in the year to {own.last_day}: providers' data for that year are not held."
    return (
        f"We cannot show how many of {of_whom(own)} were in contact with NHS mental-health services in the year to {own.last_day}: "
        "the numbers are so small, or so close to giving away a small number, that showing them could tell something about single children."
    )


def of_whom(own: Figures) -> str:
    return f"{escape(own.name)}’s looked-after children"


def how_sure(own: Figures) -> list[str]:
    """What the interval means, in words."""
    if own.share is None or own.low is None or own.high is None:
        return []
    return [
        f"The children we could follow are few, so chance plays a part. A true share anywhere from <strong>{per_hundred(own.low)} to "
        f"{per_hundred(own.high)}</strong> would fit what was seen. (This is the 95&nbsp;% range; in the chart it is the bar around the dot.)",
    ]


def comparison(own: Figures, together: Figures | None, boroughs: int) -> str:
    """Whether the borough differs from all together by more than chance would explain."""
    if own.share is None or own.low is None or own.high is None or together is None or together.share is None:
        return "The other boroughs are shown below for information; this borough cannot be set beside them."
    whole = f"the {boroughs} boroughs together ({per_hundred(together.share)})"
    if own.low <= together.share <= own.high:
        return f"This is <strong>not clearly different</strong> from {whole}: a gap of this size may be chance."
    word = "higher" if own.share > together.share else "lower"
    return f"This is <strong>{word}</strong> than {whole}, by more than chance would easily explain. That does not say why, nor whether it is good or bad."


def overview_answer(together: Figures | None, boroughs: int) -> str:
    if together is None or together.share is None:
        return "The boroughs together cannot be shown for this year."
    return (
        f"About {per_hundred(together.share)} of the looked-after children of {boroughs} boroughs whose care we could follow were in contact with "
        f"NHS mental-health services in the year to {together.last_day}."
    )


def spread(boroughs: list[Figures], together: Figures | None) -> str:
    """How many of the boroughs differ from all together."""
    if together is None or together.share is None:
        return ""
    shown = [b for b in boroughs if b.share is not None and b.low is not None and b.high is not None]
    high = [escape(b.name) for b in shown if (b.low or 0) > together.share]
    low = [escape(b.name) for b in shown if (b.high or 0) < together.share]
    if not high and not low:
        return "No borough shown is clearly different from the boroughs together: each one’s range includes the dashed line."
    said = [f"{_list(names)} {'lies' if len(names) == 1 else 'lie'} {word}" for names, word in ((high, "above"), (low, "below")) if names]
    return (
        f"{' and '.join(said)} the boroughs together, by more than chance would easily explain. With {len(shown)} boroughs compared at once, one "
        "such gap can still be chance. For the others the range includes the dashed line."
    )


def unseen(own: Figures, facts: Facts) -> list[str]:
    """Why some children could not be followed."""
    providers = _list([escape(name) for name in facts.providers])
    who_does = f": only {providers} do" if providers else ""
    count = (
        f"About {own.unseen:,} of the {own.looked_after:,} looked-after children could not be followed. "
        if own.unseen is not None and own.looked_after is not None else "Some children could not be followed; how many cannot be shown. "
    )
    found = [
        f"{count}They may well have had help; we cannot see it. So nothing here should be multiplied up to all looked-after children.",
        "<strong>Placed out of the area.</strong> Many children live with carers elsewhere in England and are registered with a doctor there. Their "
        f"mental-health care comes from services that do not send data here{who_does}.",
        f"<strong>Not linked.</strong> Some children could not be matched with confidence to an NHS record.{_recall(facts)} We would rather lose a child than mix up two.",
        "<strong>Withheld.</strong> Children whose NHS record is protected are left out altogether, everywhere.",
    ]
    return found


def caveats() -> list[str]:
    return [
        "<strong>Contact is not need, and not quality.</strong> A high share can mean good access or much distress; a low one, well-being or a gap. These figures cannot tell which.",
        "“In contact” is NHS England’s measure of access: at least one attended appointment, in person or remote, or work by the service on the child’s behalf, in the "
        "twelve months. Appointments missed or cancelled do not count. School counsellors, private and voluntary services are not in it.",
        "Everybody looked after on 31 March counts, from babies to 17-year-olds, apart from those in short breaks. Boroughs look after children of different ages and needs, and nothing here is adjusted for that.",
        "A child counts for the council that is responsible for them, wherever they live.",
        "A child who came into care or into the area during the year counts as followed, though help earlier in the year may have been given elsewhere.",
    ]


def small_numbers(profile: Profile) -> str:
    return (
        f"Counts under {profile.threshold} are not shown, nor any other count from which one could be worked out; the rest are rounded to the nearest "
        f"{profile.round_to}. Shares and ranges are worked out before rounding, so they may not match the rounded counts exactly."
    )


def how_made(facts: Facts) -> list[str]:
    links = (
        f" Checked against the known truth of the synthetic data, {_rate(facts.link_precision)} of the links between a council or school record and an NHS record were right, "
        f"and {_rate(facts.link_recall)} of those that should have been made were made." if facts.link_precision and facts.link_recall else ""
    )
    return [
        "Councils’ yearly return on looked-after children (SSDA903) says who was looked after, and by whom. NHS registration (PDS) says where each child was registered. "
        "The Mental Health Services Data Set (MHSDS) says who was in contact with services.",
        f"Records are linked by name, birth date, address and numbers such as the NHS number; names and numbers are then removed.{links}",
        "The range is Wilson’s 95&nbsp;% interval.",
    ]


def _recall(facts: Facts) -> str:
    return f" (In the synthetic data {_rate(facts.linked_looked_after)} of looked-after children’s links were found.)" if facts.linked_looked_after else ""


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return ""
    # Nearly all is not all: 99.98 % is not told as 100.0 %.
    return "more than 99.9&nbsp;%" if 0.9995 <= rate.share < 1 else f"{rate.share:.1%}".replace("%", "&nbsp;%")


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
