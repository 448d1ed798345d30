"""The sentences of changes: moved, another room or way to take part, called off, on again, and corrections."""

# The English of a sentence says what it is: a docstring would say it twice.
# ruff: noqa: D103

from locales.reader import Reader


def change(reader: Reader, *, court: str, case: str) -> str:
    return reader.gettext("%(court)s: CHANGE to your court hearing, case %(case)s.", court=court, case=case)


def discreet_change(reader: Reader, *, court: str) -> str:
    # TRANSLATORS: to a victim or a witness. Neutral: no word of the case
    return reader.gettext("%(court)s: CHANGE to a court date.", court=court)


def followed_change(reader: Reader, *, court: str, case: str) -> str:
    # TRANSLATORS: to someone who follows a case
    return reader.gettext("%(court)s: CHANGE to a hearing in case %(case)s.", court=court, case=case)


def earlier(reader: Reader, *, new: str, old: str) -> str:
    return reader.gettext("It was moved EARLIER. New time: %(new)s. No longer: %(old)s.", new=new, old=old)


def later(reader: Reader, *, new: str, old: str) -> str:
    return reader.gettext("It was moved LATER. New time: %(new)s. No longer: %(old)s.", new=new, old=old)


def same_time(reader: Reader, *, when: str) -> str:
    return reader.gettext("The time is the same: %(when)s.", when=when)


def on_again(reader: Reader, *, when: str) -> str:
    return reader.gettext("It was called off, but now it is ON again: %(when)s.", when=when)


def on_again_at_new_time(reader: Reader, *, new: str, old: str) -> str:
    return reader.gettext(
        "It was called off, but now it is ON again, at a new time: %(new)s. No longer: %(old)s.", new=new, old=old
    )


def new_place(reader: Reader, *, new: str, old: str) -> str:
    return reader.gettext("The place changed. New place: %(new)s. No longer: %(old)s.", new=new, old=old)


def now_in_person(reader: Reader, *, place: str) -> str:
    return reader.gettext("It is now in person. Where: %(place)s.", place=place)


def was_in_person(reader: Reader) -> str:
    return reader.gettext("Before, it was in person.")


def was_by_video(reader: Reader) -> str:
    return reader.gettext("Before, it was by video.")


def was_by_phone(reader: Reader) -> str:
    return reader.gettext("Before, it was by phone.")


def new_way_to_join(reader: Reader) -> str:
    return reader.gettext("The way to join changed. Do not use the old link or number.")


def cancelled(reader: Reader, *, court: str, case: str, old: str) -> str:
    return reader.gettext(
        "%(court)s: CANCELED: your court hearing of %(old)s, case %(case)s. Do NOT come for it.",
        court=court,
        case=case,
        old=old,
    )


def discreet_cancelled(reader: Reader, *, court: str, old: str) -> str:
    # TRANSLATORS: to a victim or a witness. Neutral: no word of the case
    return reader.gettext("%(court)s: CANCELED: the court date of %(old)s. Do NOT come for it.", court=court, old=old)


def followed_cancelled(reader: Reader, *, court: str, case: str, old: str) -> str:
    # TRANSLATORS: to someone who follows a case
    return reader.gettext(
        "%(court)s: CANCELED: the hearing of %(old)s in case %(case)s.", court=court, case=case, old=old
    )


def new_date_follows(reader: Reader) -> str:
    return reader.gettext("If there is a new date, we will text you.")


def correction(reader: Reader, *, court: str, old: str) -> str:
    return reader.gettext("%(court)s: CORRECTION. Ignore our text about %(old)s.", court=court, old=old)


def right_is(reader: Reader, *, when: str) -> str:
    return reader.gettext("This is right: %(when)s.", when=when)


def it_is_cancelled(reader: Reader) -> str:
    return reader.gettext("That hearing is CANCELED. Do NOT come for it.")


def it_is_called_off(reader: Reader) -> str:
    # TRANSLATORS: to someone who follows a case; they need not come anyway
    return reader.gettext("That hearing is CANCELED.")
