"""What a payment settles, read a second time from what the contracts say and not from their code.

Written from docs/evidence.md, docs/odd.md and the policies' docstrings and declared terms alone.
Every reading works on whole columns (an `Account` of arrays, each of shape (accounts,)) and
quotes the sentences it was written from. Words in brackets are a choice the words leave open.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Truth = NDArray[np.bool_]
Whole = NDArray[np.int64]

NOBODY = -1
MILLION = 10**6


class Holders(NamedTuple):
    """Who holds each role of an account: a partner's number, or `NOBODY`."""

    originator: Whole
    partner_of_record: Whole
    servicing_partner: Whole
    upseller: Whole


class Promise(NamedTuple):
    """What a contract promises: RUB per RUB paid to each role, and whether the record moves."""

    originator: Column | float = 0.0
    partner_of_record: Column | float = 0.0
    servicing_partner: Column | float = 0.0
    upseller: Column | float = 0.0
    moves: Truth | bool = False


class Settlement(NamedTuple):
    """What became of a payment; every column of shape (accounts,)."""

    paid: Whole
    """Kopecks by role, shape (accounts, 4)."""
    vendor: Whole
    """Kopecks that the vendor keeps."""
    record: Whole
    """Partner of record from now on."""


def settle(promise: Promise, holders: Holders, is_member: Truth, payment: Whole) -> Settlement:
    """Divide payments among those who hold the roles, and keep or move the record.

    "For each role with a positive share and a member in it: kopecks = floor(payment *
    floor(share * rate * 10^6 + 10^-6) / 10^6)." "Rates are rounded down to whole millionths, so
    that roles together never get more than the rate." "What is not credited, and the share of a
    role that nobody holds or whose holder has left, stays with the vendor."
    "The helper becomes partner of record." (Nobody becomes it where nobody helps.)

    Parameters
    ----------
    is_member : whether a partner has not left, shape (partners,).
    payment : kopecks, shape (accounts,).
    """
    claims = np.stack([np.broadcast_to(claim, payment.shape) for claim in promise[:4]], axis=1)
    millionths = np.floor(claims * 1e6 + 1e-6).astype(np.int64)
    seats = np.stack(holders, axis=1)
    paid = np.where(
        (seats > NOBODY) & is_member[seats], payment[:, None] * millionths // MILLION, 0
    )
    moves = promise.moves & (holders.servicing_partner > NOBODY)
    record = np.where(moves, holders.servicing_partner, holders.partner_of_record)
    return Settlement(paid, payment - paid.sum(axis=1), record)


def first_sale_lock(terms: Any, account: Any) -> Promise:
    """Read: "Whoever connected the client is paid for it, for ever."

    "Credit the partner of record, who never changes after the first sale."
    """
    return Promise(partner_of_record=terms.rate)


def recurring_forty(terms: Any, account: Any) -> Promise:
    """Read: "One high rate on every payment, for as long as the client pays."

    "Credit the partner of record, who never changes after the first sale."
    """
    return Promise(partner_of_record=terms.rate)


def client_choice(terms: Any, account: Any) -> Promise:
    """Read: "The client names its partner, and whoever it names is paid from then on."

    "Move the record when the client asks and the present partner's protection is over": "a new
    record cannot be moved so soon." (Where there is no record nobody is protected.)
    """
    protected = account.has_record & (account.record_age < terms.protection_months)
    moves = account.client_asked & ~protected & ~beyond_reach(terms, account)
    return Promise(partner_of_record=terms.rate, moves=moves)


def beyond_reach(terms: Any, account: Any) -> Truth:
    """Read: "Who serves a client whose partner of record left may be recognised for it."

    "Who serves a client on nobody's name, the vendor's own, may be recognised for it." (Where the
    contract says no, the record of such a client stays nobody's.)
    """
    may = np.where(account.is_orphaned, terms.reaches_orphans, terms.reaches_own)
    return np.asarray(~account.has_record & ~may.astype(bool))


def inactivity_release(terms: Any, account: Any) -> Promise:
    """Read: "The record is protected while its partner works, and released after."

    "Move the record to who serves once its partner has been idle for the agreed months."
    "Helper worked, and no record or record idle >= idle_months."
    """
    protected = account.has_record & (account.record_idle < terms.idle_months)
    moves = account.is_serviced & ~protected & ~beyond_reach(terms, account)
    return Promise(partner_of_record=terms.rate, moves=moves)


def split_reward(terms: Any, account: Any) -> Promise:
    """Read: "Whoever won the client and whoever serves it share each commission."

    "Credit both partners until the originator's tail sunsets, then only who serves."
    "`originator_share` (nothing from `sunset_months` on, if that is not 0); helper the rest if it
    worked this month, else nobody." (After the sunset the rest is all of it.)
    """
    sunset = (terms.sunset_months > 0) & (account.tenure >= terms.sunset_months)
    for_winning = np.where(sunset, 0.0, terms.originator_share)
    for_serving = np.where(account.is_serviced, 1.0 - for_winning, 0.0)
    return Promise(originator=for_winning * terms.rate, servicing_partner=for_serving * terms.rate)


def active_servicer(terms: Any, account: Any) -> Promise:
    """Read: "Whoever works with the client this month is paid for this month."

    "Credit the servicing partner if it worked on the account this month, else nobody."
    """
    return Promise(servicing_partner=np.where(account.is_serviced, terms.rate, 0.0))


def no_reward(terms: Any, account: Any) -> Promise:
    """Read: "Partners sell and serve without any commission." "Credit nobody." """
    return Promise()


def clauses(terms: Any, account: Any) -> Promise:
    """Read: "Divide the commission among originator, partner of record, who serves, who upsold."

    sunset_months, 0 = never: "End of the originator's." sunset_passes_on: "After it, that part
    goes to who works this month." (Else it stays with the vendor.) servicing_share: "For who works
    this month." managed_months, 0 = not asked: "No share as originator or of record for who has
    not worked on it so long." old_managed_months, 0 = as others: "So for clients won before the
    programme began." upsell_rate, 0 = as the rest: "Of what upsells added, to who sold them, in
    place of all else and without term." "Pay the rate for the first sale's part of the price, and
    that for upsells on the rest." (Whatever else the rate depends on.)
    """
    upsells_apart = terms.upsell_rate > 0
    rest = clauses_rate(terms, account) * np.where(upsells_apart, 1.0 - account.upsold_share, 1.0)
    sunset = (terms.sunset_months > 0) & (account.tenure >= terms.sunset_months)
    asked = np.where(
        must_be_managed_as_old(terms, account), terms.old_managed_months, terms.managed_months
    )
    unmanaged = np.where(asked > 0, asked, 10_000)  # longer than never
    for_winning = np.where(account.originator_idle < unmanaged, terms.originator_share, 0.0)
    for_record = np.where(account.record_idle < unmanaged, terms.record_share, 0.0)
    passed_on = np.where(sunset & terms.sunset_passes_on, terms.originator_share, 0.0)
    return Promise(
        originator=np.where(sunset, 0.0, for_winning) * rest,
        partner_of_record=for_record * rest,
        servicing_partner=np.where(account.is_serviced, terms.servicing_share + passed_on, 0.0)
        * rest,
        upseller=terms.upsell_rate * account.upsold_share,
        moves=clauses_moves(terms, account),
    )


def must_be_managed_as_old(terms: Any, account: Any) -> Truth:
    """Read: "So for clients won before the programme began, and no term for them." """
    return np.asarray(account.is_old & (terms.old_managed_months > 0))


def clauses_rate(terms: Any, account: Any) -> Column:
    """Read: "Return the rate that tenure, quota, role, volume and quality of service leave."

    agent_rate, 0 = same: "Of who registers its clients itself." (A curator does so, too.)
    curator_rate, 0 = same: "Of who accompanies them, and does." (While it is the helper.)
    tier_clients, 0 = no tier: "From so many, another rate." top_tier_clients, 0 = no such tier:
    "A third rate from so many." (A role's rate goes before either.)
    first_rate: "Bounty in place of the rate." (And of whatever else the rate depends on.)
    yearly_decay: "The rate falls by this share each year." (Whole years, each from what the last
    left.) term_months, 0 = for ever: "Commission ends after it", but "no term for" old clients
    that must be managed instead. quota_months, 0 = no quota: "Nothing if no client won so long."
    quality_weight: "Lost if unserved." (In proportion to what quality lacks.)
    """
    ordinary = np.select(
        [
            (account.originator_role == 2) & account.originator_serves & (terms.curator_rate > 0),
            (account.originator_role >= 1) & (terms.agent_rate > 0),
            (terms.top_tier_clients > 0) & (account.record_clients >= terms.top_tier_clients),
            (terms.tier_clients > 0) & (account.record_clients >= terms.tier_clients),
        ],
        [terms.curator_rate, terms.agent_rate, terms.top_tier_rate, terms.tier_rate],
        terms.rate,
    )
    years = account.tenure // 12
    kept = 1.0 - terms.quality_weight * (1.0 - account.quality)
    has_term = (terms.term_months > 0) & ~must_be_managed_as_old(terms, account)
    return np.select(
        [
            (terms.first_rate > 0) & (account.tenure == 0),
            (terms.quota_months > 0) & (account.record_quiet >= terms.quota_months),
            has_term & (account.tenure >= terms.term_months),
        ],
        [terms.first_rate, 0.0, 0.0],
        ordinary * (1.0 - terms.yearly_decay) ** years * kept,
    )


def clauses_moves(terms: Any, account: Any) -> Truth:
    """Read: "Move the record by request, after long idleness, or to who served long enough."

    moves_on_request: "It moves when the client asks." approval_months: "A request takes effect
    only after so long." may_match: "Not if the present partner has worked on it in that time."
    (In the last so many months.) renewal_months, 0 = any month: "Requests wait for a term to end."
    (One that waits still stands; a term of the client's own months.) needs_consent: "A request
    needs the present partner's consent." protection_months: "No request moves a record so young."
    (No record: nobody to consent or to protect.) idle_months, 0 = never: "Released after so long
    idle." serving_months, 0 = never: "It goes to whoever has served so long." (Who never changed
    has served as long as the client is one; and it goes on serving.)
    """
    waits = (terms.approval_months > 0) | (terms.renewal_months > 0)
    asked = np.where(waits, account.request_age < 9999, account.client_asked)
    term_ends = (account.tenure > 0) & (account.tenure % np.maximum(terms.renewal_months, 1) == 0)
    withheld = account.has_record & (
        (account.record_age < terms.protection_months)
        | (terms.needs_consent & ~account.has_consent)
        | (terms.may_match & (account.record_idle < terms.approval_months))
    )
    by_request = (
        terms.moves_on_request
        & asked
        & ((terms.approval_months == 0) | (account.request_age >= terms.approval_months))
        & ((terms.renewal_months == 0) | term_ends)
        & ~withheld
    )
    released = (terms.idle_months > 0) & (
        ~account.has_record | (account.record_idle >= terms.idle_months)
    )
    earned = (terms.serving_months > 0) & (account.servicing_age >= terms.serving_months)
    moves = by_request | (account.is_serviced & (released | earned))
    return np.asarray(moves & ~beyond_reach(terms, account))


READINGS: dict[str, Callable[[Any, Any], Promise]] = {
    reading.__name__: reading
    for reading in (
        active_servicer,
        clauses,
        client_choice,
        first_sale_lock,
        inactivity_release,
        no_reward,
        recurring_forty,
        split_reward,
    )
}
