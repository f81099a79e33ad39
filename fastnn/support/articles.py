"""The word before a name in a sentence: "a list", "an array", "an FCLayer"."""

_SAID_ALONE = frozenset("AEFHILMNORSX")  # letters that begin with a vowel when they are spelled


def with_article(name: str) -> str:
    """A name with "a" or "an" before it, as it is said: abbreviations are spelled."""
    spelled = name[:1].isupper() and not name[1:2].islower() or name[:2] == "nd"
    an = name[:1].upper() in _SAID_ALONE if spelled else name[:1].lower() in tuple("aeio")
    return f"{'an' if an else 'a'} {name}"
