"""Why the gate decides as it does: a code for each reason, and the sentence that staff read."""

from enum import StrEnum


class Reason(StrEnum):
    """Why the gate decided as it did."""

    CLEAR = "clear"
    OVERRIDES_QUIET = "overrides_quiet"
    ASKED_FOR = "asked_for"
    STALE_BUT_LAST_CHANCE = "stale_but_last_chance"
    EXPIRED = "expired"
    HEARING_BEGUN = "hearing_begun"
    OLD_REVISION = "old_revision"
    HEARING_OFF = "hearing_off"
    HEARING_ON = "hearing_on"
    NOT_MISSED = "not_missed"
    SEALED = "sealed"
    NOT_PUBLIC = "not_public"
    OPPOSED = "opposed"
    CARRIER_STOPPED = "carrier_stopped"
    REVOKED = "revoked"
    NO_CONSENT_YET = "no_consent_yet"
    ENDPOINT_DEAD = "endpoint_dead"
    ENDPOINT_FROZEN = "endpoint_frozen"
    ENDPOINT_DOUBTFUL = "endpoint_doubtful"
    LOOP = "loop"
    DAILY_CAP = "daily_cap"
    FOREIGN = "foreign"
    LANGUAGE = "language"
    IN_CUSTODY = "in_custody"
    TWO_PLACES = "two_places"
    NOT_YET = "not_yet"
    QUIET_HOURS = "quiet_hours"
    QUIET_TOO_LONG = "quiet_too_long"
    EARLIER_ON_ITS_WAY = "earlier_on_its_way"
    IN_FLIGHT = "in_flight"
    FEED_STALE = "feed_stale"


SENTENCES: dict[Reason, str] = {
    Reason.CLEAR: "Nothing stood against it.",
    Reason.OVERRIDES_QUIET: "Sent in quiet hours: waiting for the morning would have told them too late.",
    Reason.ASKED_FOR: "An answer to a message of theirs.",
    Reason.STALE_BUT_LAST_CHANCE: "The calendar feed is old, but waiting longer would have meant no text at all.",
    Reason.EXPIRED: "Its time had passed before it could leave.",
    Reason.HEARING_BEGUN: "The hearing had already begun.",
    Reason.OLD_REVISION: "The hearing has changed since this was planned; a newer notice speaks instead.",
    Reason.HEARING_OFF: "The hearing is no longer on.",
    Reason.HEARING_ON: "The hearing is on again, so a cancellation would be false.",
    Reason.NOT_MISSED: "The hearing is not recorded as missed.",
    Reason.SEALED: "The case is sealed.",
    Reason.NOT_PUBLIC: "The case is not public, and this person only follows it.",
    Reason.OPPOSED: "This address also belongs to somebody on the other side of the case.",
    Reason.CARRIER_STOPPED: "The carrier blocks our texts to this address: they opted out there.",
    Reason.REVOKED: "They asked for no more texts.",
    Reason.NO_CONSENT_YET: "They have not agreed to texts yet.",
    Reason.ENDPOINT_DEAD: "Nobody can be reached at this address any more.",
    Reason.ENDPOINT_FROZEN: "The address is frozen: the phone was reported lost, or a clerk stopped it.",
    Reason.ENDPOINT_DOUBTFUL: "The number may have changed hands; they must confirm it first.",
    Reason.LOOP: "Too many automatic answers to this address in a short time.",
    Reason.DAILY_CAP: "Too many texts to this address in one day.",
    Reason.FOREIGN: "The number is abroad and the desk has not released it.",
    Reason.LANGUAGE: "No approved text exists in a language that they may be given.",
    Reason.IN_CUSTODY: "The person is in custody and will be brought to court.",
    Reason.TWO_PLACES: "They are expected in two courts at the same minute; the desk decides which.",
    Reason.NOT_YET: "It is not due yet.",
    Reason.QUIET_HOURS: "It is quiet hours at the court.",
    Reason.QUIET_TOO_LONG: "Quiet hours end only after its time has passed.",
    Reason.EARLIER_ON_ITS_WAY: "An earlier message about this hearing is still on its way; this one must come last.",
    Reason.IN_FLIGHT: "Another text to this address is being sent right now.",
    Reason.FEED_STALE: "The calendar feed is too old to be relied on; waiting for a fresh one.",
}
"""What staff read in `usher why`."""
