"""What the Department for Education checks in an SSDA903 return (see sources/rules.py for how rules are written)."""

from cyplink.sources.rules import RulesOf

HEADER = RulesOf("header")
EPISODES = RulesOf("episodes")

RULES = (
    HEADER.code("101", "SEX", "sex"),
    HEADER.unique("INT32", "CHILD", "The child is in the Header more than once."),
    EPISODES.row("356", "DECOM DEC", "DEC < DECOM", "The episode ends before it begins."),
    EPISODES.found_in("INT03", "CHILD", "header", "The child of the episode is not in the Header.", "Return a Header row for the child."),
)
